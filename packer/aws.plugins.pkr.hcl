# For `packer init`; Packer before 1.7 has the builder in itself, and is not shown this.

packer {
  required_plugins {
    amazon = {
      source  = "github.com/hashicorp/amazon"
      version = ">= 1.0.0, < 2.0.0"
    }
  }
}
