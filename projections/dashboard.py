"""The dashboard: what developers see of their apps. One bookmark, so an app is never shown ahead of its credentials."""

from projections.dashboard_app import app
from projections.dashboard_credential import credential
from projections.dashboard_credential_offer import credential_offer
from projections.dashboard_owner import owner
from projections.dashboard_product import product
from projections.dashboard_subscription import subscription
from projections.dashboard_team import team
from projections.dashboard_team_member import team_member
from projections.projection import ReadModel

DASHBOARD = ReadModel(
    name="dashboard",
    version=3,
    projections=(owner, team, team_member, product, app, subscription, credential, credential_offer),
)
