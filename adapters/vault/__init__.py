"""What must be read back and never lies in the log: persons' keys and our own secrets, in a database of their own."""

from adapters.vault.database import create_database_if_missing, migrate
from adapters.vault.master_key import MasterKey, WrongMasterKey
from adapters.vault.person_keys import PersonKeys
from adapters.vault.personal_data import ERASED, PersonalDataVault
from adapters.vault.vault import CONTENT_DIGEST, Vault

__all__ = [
    "CONTENT_DIGEST",
    "ERASED",
    "MasterKey",
    "PersonKeys",
    "PersonalDataVault",
    "Vault",
    "WrongMasterKey",
    "create_database_if_missing",
    "migrate",
]
