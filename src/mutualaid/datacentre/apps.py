"""The Django application of the data centre: its long jobs are declared when Django starts."""

from django.apps import AppConfig


class DatacentreConfig(AppConfig):
    """Warehouse, dashboards, forecasts and the simulation of plans."""

    name = "mutualaid.datacentre"
    label = "datacentre"
    verbose_name = "大数据中心"
