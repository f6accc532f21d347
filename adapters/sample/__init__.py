"""Sample data: people, products and apps, told as the very commands that anybody could send."""
