"""Tables of people: the accounts by which they sign in."""

from __future__ import annotations

from typing import ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class Account(AbstractBaseUser):
    """By which somebody signs in. What the person may see and do is told by ``access``, never by the account."""

    name = models.CharField(max_length=64, unique=True)
    is_active = models.BooleanField(default=True)

    objects: ClassVar[BaseUserManager[Self]] = BaseUserManager()

    USERNAME_FIELD = "name"

    def __str__(self) -> str:
        return self.name
