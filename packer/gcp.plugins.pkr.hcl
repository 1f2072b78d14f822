# For `packer init`; Packer before 1.7 has the builder in itself, and is not shown this. One version, since Packer keeps no record
# of what it fetched, as Terraform does: the one that the tests build from source and check the template with, of those that every
# Packer from 1.7 on can fetch. After 1.2.0 there are no sums on GitHub, where Packer before 1.14 asks for them.

packer {
  required_plugins {
    googlecompute = {
      source  = "github.com/hashicorp/googlecompute"
      version = "1.1.8"
    }
  }
}
