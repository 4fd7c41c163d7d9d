"""互助票据: asked for at the fiscal billing gateway, whose numbers alone make a receipt a fiscal note."""
