# For `packer init`; Packer before 1.7 has the builder in itself, and is not shown this. One version, since Packer keeps no record
# of what it fetched, as Terraform does: the last one that every Packer from 1.7 on can fetch. Later ones
# have no sums on GitHub, where Packer before 1.14 asks for them: https://github.com/hashicorp/packer-plugin-amazon/issues/586

packer {
  required_plugins {
    amazon = {
      source  = "github.com/hashicorp/amazon"
      version = "1.3.9"
    }
  }
}
