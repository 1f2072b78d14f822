"""Amazon EC2 on one machine: moto's API, changed where AWS differs from it and the product can tell.

Each module changes one matter and names the page of AWS's documentation that says how AWS behaves. Importing a module of
changes applies it to this process's moto.
"""
