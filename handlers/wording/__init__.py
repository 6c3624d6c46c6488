"""Every sentence a person reads, in Finnish, Swedish and English."""
