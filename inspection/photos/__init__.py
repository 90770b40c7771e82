"""Evidence: pictures received, refined, stored and served."""
