"""How what is shown follows from what happened: pure folds, one file per read model."""
