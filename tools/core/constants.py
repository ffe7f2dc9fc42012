"""Constants of nature that several tools use."""

from __future__ import annotations

GAS_CONSTANT = 8.314462618  # J/(mol K), CODATA 2018
