"""Balancers and services of clouds, declared as resources by Terraform or CloudFormation."""
