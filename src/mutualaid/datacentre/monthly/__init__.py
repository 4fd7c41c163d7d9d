"""月报: what was enrolled, received and paid in a month, by employer, plan and office; reads only (docs/reports.md)."""
