"""Statistical methods: cheap, without networks, fitted in seconds to minutes."""
