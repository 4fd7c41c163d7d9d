"""管理端: the workbench of staff."""
