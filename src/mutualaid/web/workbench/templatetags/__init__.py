"""Tags of the workbench's templates."""
