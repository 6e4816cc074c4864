/** The pause container: does nothing and listens nowhere until it is told to end. */
process.on('SIGTERM', () => process.exit(0));
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit(1));
