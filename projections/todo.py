"""To do: what the system will do by itself. Workers turn each row that is due into an ordinary command."""

from projections.projection import ReadModel
from projections.todo_credential import end_overlap, expire, miss_rotation

TODO = ReadModel(name="todo", version=1, projections=(expire, end_overlap, miss_rotation))
