output "region_name" {
  value = var.region_name
}

output "subnet_ids" {
  description = "By zone."
  value       = local.subnet_ids
}

output "security_group_id" {
  value = aws_security_group.this.id
}

output "key_name" {
  value = var.public_key == "" ? null : aws_key_pair.this[0].key_name
}

output "image_id" {
  value = aws_instance.scheduler.ami
}

output "root_device_name" {
  value = data.aws_ami.this.root_device_name
}

output "scheduler_instance_id" {
  value = aws_instance.scheduler.id
}

output "scheduler_private_ip" {
  value = aws_instance.scheduler.private_ip
}

output "scheduler_public_ip" {
  value = var.public_ip ? aws_instance.scheduler.public_ip : null
}
