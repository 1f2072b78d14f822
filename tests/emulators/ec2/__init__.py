"""Amazon EC2 on one machine: moto's API, changed where AWS differs from it and the product can tell.

Each module changes one matter and names the page of AWS's documentation that says how AWS behaves. Importing a module of
changes applies it to this process's moto.
"""

import os

# moto's own checks, which it leaves out unless asked: InvalidAMIID.NotFound, InvalidKeyPair.NotFound.
for _check in ("MOTO_ENABLE_AMI_VALIDATION", "MOTO_ENABLE_KEYPAIR_VALIDATION"):
    os.environ[_check] = "true"
