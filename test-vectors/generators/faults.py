# Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0
"""All bad cases: each a good one and one change, for the fact sheet's list of what must fail (section 16).

What is not about a stored object and a key is not here: a reserved entry in the caller's context on put, and a range in the
answer to a request without one.
"""

import faults_bodies
import faults_keys
import faults_names
from fault import Faults


def vectors() -> list:
    faults = Faults()
    for part in (faults_names, faults_keys, faults_bodies):
        part.add_to(faults)
    return faults.made
