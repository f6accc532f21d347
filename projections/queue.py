"""The queue: what waits for a decision, whose it is, and all that the policy was ever asked. One bookmark for all of it."""

from projections.projection import ReadModel
from projections.queue_answer import answer
from projections.queue_app import app
from projections.queue_approval import approval
from projections.queue_comment import comment
from projections.queue_reviewed_product import reviewed_product

QUEUE = ReadModel(name="queue", version=1, projections=(app, approval, comment, reviewed_product, answer))
