# For `packer init`; Packer before 1.7 has the builder in itself, and is not shown this. One version, since Packer keeps no record
# of what it fetched, as Terraform does: the one that the tests build from source and make an image with, of those that every Packer
# from 1.7 on can fetch. From 1.3.10 on there are no sums on GitHub, where Packer before 1.14 asks for them:
# https://github.com/hashicorp/packer-plugin-amazon/issues/586

packer {
  required_plugins {
    amazon = {
      source  = "github.com/hashicorp/amazon"
      version = "1.3.6"
    }
  }
}
