"""How the project is deployed: its storage, units, container file, proxy, and what these tests start."""
