"""Who may, as the design's table says."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tests.commands.model_of.world import Part, TheTeam, need

OWNERS = {
    "CreateApp", "EditApp", "AddProducts", "RemoveProducts", "SetAttributes", "RemoveAttributes", "WithdrawApproval", "ResubmitApp",
    "DeleteApp", "IssueCredential", "RotateCredential", "EndOverlap", "RevokeCredential", "ClaimCredential", "OfferTransfer",
    "WithdrawTransfer",
}  # fmt: skip
ON_TEAMS = {
    "CreateTeam", "RenameTeam", "InviteMember", "WithdrawTeamInvitation", "JoinTeam", "LeaveTeam", "PromoteMember", "DemoteMember",
    "RemoveMember",
}  # fmt: skip
TEAM_ADMINS = (
    OWNERS | (ON_TEAMS - {"CreateTeam", "JoinTeam", "LeaveTeam"}) | {"DemandRotation", "OfferCredential", "WithdrawCredentialOffer"}
)
NEW_OWNERS = {"AcceptTransfer", "DeclineTransfer"}
ADMINS = TEAM_ADMINS | NEW_OWNERS | {
    "CreateTeam", "RegisterDeveloper", "ChangeDeveloper", "DeactivateDeveloper", "SuspendApp", "ReinstateApp", "DecideApproval", "AddProductToCatalogue",
    "ChangeProduct", "RetireProduct", "SetApprovalPolicy", "DemandRotation", "ReevaluateApproval",
}  # fmt: skip
SYSTEM = {"RegisterDeveloper", "ChangeDeveloper", "SuspendApp", "ExpireCredential", "EndOverlap", "MissRotation"}
SELF = {"RegisterDeveloper", "ChangeDeveloper", "CreateTeam", "JoinTeam", "LeaveTeam", "WithdrawTeamInvitation"}
ON_APPS = (
    (TEAM_ADMINS - ON_TEAMS)
    | NEW_OWNERS
    | {
        "TakeOfferedCredential",
        "SuspendApp",
        "ReinstateApp",
        "DecideApproval",
        "ExpireCredential",
        "DemandRotation",
        "MissRotation",
        "ReevaluateApproval",
    }
)
ENDS_SOMETHING = {
    "RemoveProducts", "WithdrawApproval", "DeleteApp", "EndOverlap", "RevokeCredential", "SuspendApp", "ExpireCredential",
    "DemandRotation", "MissRotation", "OfferTransfer", "WithdrawTransfer", "AcceptTransfer", "DeclineTransfer", "WithdrawCredentialOffer",
}  # fmt: skip
"""What needs no owner in good standing, when somebody else does it."""


class WhoMay(Part):
    """One check before anything is decided."""

    def may(self, command: Any) -> None:  # noqa: ANN401 - any command
        what, who, world = type(command).__name__, self.who, self.world
        need(not who.on_behalf or who.may_act, "may_not_act_for")
        need(who.person is None or world.developers.get(who.person, {}).get("status") != "deactivated", "deactivated")
        owner, team = None, None
        if what in ON_APPS:
            need(what == "CreateApp" or command.app_id in world.apps, "app_unknown")
            owner = command.owner.id if what == "CreateApp" else world.apps[command.app_id].owner
            team = world.teams.get(owner)
            need(what != "CreateApp" or command.owner.kind != "team" or team is not None, "owner_unknown")
        elif what in ON_TEAMS:
            team = world.teams.get(command.team_id)
            need(what == "CreateTeam" or team is not None, "team_unknown")
        allowed = who.person is not None and self._of_himself(what, command, owner, team)
        if not who.on_behalf:
            allowed = allowed or ("portal_admin" in who.roles and what in ADMINS) or ("system" in who.roles and what in SYSTEM)
        need(allowed, "not_allowed")
        if owner is not None and team is None and what not in ENDS_SOMETHING:
            need(owner in world.developers, "owner_unknown")
            need(world.developers[owner]["status"] == "registered", "deactivated")

    def _of_himself(self, what: str, command: Any, owner: UUID | None, team: TheTeam | None) -> bool:  # noqa: ANN401
        """Whether the person may because of what he is to the thing."""
        person = self.who.person
        if what in OWNERS and owner == person:
            return True
        if what in SELF and (command.admin if what == "CreateTeam" else command.developer_id) == person:
            return True
        if what in NEW_OWNERS:
            new = self.world.teams.get(command.to.id)
            return command.to.id == person if command.to.kind != "team" else new is not None and person in new.admins
        if team is None or person not in team.members:
            return False
        return what == "TakeOfferedCredential" or (what in TEAM_ADMINS and person in team.admins)
