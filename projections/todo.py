"""To do: what the system will do by itself. Workers turn each row that is due into an ordinary command."""

from projections.projection import ReadModel
from projections.todo_credential import end_overlap, expire, miss_rotation
from projections.todo_owner import deactivated, owned_app

TODO = ReadModel(name="todo", version=2, projections=(expire, end_overlap, miss_rotation, owned_app, deactivated))
