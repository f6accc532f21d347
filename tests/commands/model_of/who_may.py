"""Who may, as the design's table says."""

from __future__ import annotations

from typing import Any

from tests.commands.model_of.world import Part, need

OWNERS = {
    "CreateApp", "EditApp", "AddProducts", "RemoveProducts", "SetAttributes", "RemoveAttributes", "WithdrawApproval", "ResubmitApp",
    "DeleteApp", "IssueCredential", "RotateCredential", "EndOverlap", "RevokeCredential", "ClaimCredential",
}  # fmt: skip
ADMINS = OWNERS | {
    "RegisterDeveloper", "ChangeDeveloper", "DeactivateDeveloper", "SuspendApp", "ReinstateApp", "DecideApproval", "AddProductToCatalogue",
    "ChangeProduct", "RetireProduct", "SetApprovalPolicy", "DemandRotation", "PrepareBulkRun", "StartBulkRun", "StopBulkRun",
}  # fmt: skip
SYSTEM = {"RegisterDeveloper", "ChangeDeveloper", "SuspendApp", "ExpireCredential", "EndOverlap", "MissRotation"} | {
    "FreezeBulkPart", "FreezeBulkRun", "ReportBulkPart", "FinishBulkRun", "StopBulkRun",
}  # fmt: skip
SELF = {"RegisterDeveloper", "ChangeDeveloper"}
ON_APPS = OWNERS | {"SuspendApp", "ReinstateApp", "DecideApproval", "ExpireCredential", "DemandRotation", "MissRotation"}
ENDS_SOMETHING = {
    "RemoveProducts", "RemoveAttributes", "WithdrawApproval", "DeleteApp", "EndOverlap", "RevokeCredential", "SuspendApp", "ExpireCredential",
    "DemandRotation", "MissRotation",
}  # fmt: skip
"""What needs no owner in good standing, when somebody else does it."""


class WhoMay(Part):
    """One check before anything is decided."""

    def may(self, command: Any) -> None:  # noqa: ANN401 - any command
        what, who, world = type(command).__name__, self.who, self.world
        need(not who.on_behalf or who.may_act, "may_not_act_for")
        need(who.person is None or world.developers.get(who.person, {}).get("status") != "deactivated", "deactivated")
        owner = None
        if what in ON_APPS:
            need(what == "CreateApp" or command.app_id in world.apps, "app_unknown")
            owner = command.owner.id if what == "CreateApp" else world.apps[command.app_id].owner
        allowed = (what in OWNERS and owner is not None and owner == who.person) or (
            what in SELF and who.person is not None and command.developer_id == who.person
        )
        if not who.on_behalf:
            allowed = allowed or ("portal_admin" in who.roles and what in ADMINS) or ("system" in who.roles and what in SYSTEM)
        need(allowed, "not_allowed")
        if owner is not None and what not in ENDS_SOMETHING:
            need(owner in world.developers, "owner_unknown")
            need(world.developers[owner]["status"] == "registered", "deactivated")
