"""The dashboard: what developers see of their apps. One bookmark, so an app is never shown ahead of its credentials."""

from projections.dashboard_app import app
from projections.dashboard_credential import credential
from projections.dashboard_owner import owner
from projections.dashboard_product import product
from projections.dashboard_subscription import subscription
from projections.projection import ReadModel

DASHBOARD = ReadModel(name="dashboard", version=2, projections=(owner, product, app, subscription, credential))
