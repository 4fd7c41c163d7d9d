"""What can happen to payment orders, batches and what banks say of them."""
