/**
 * Imported first by every program: Node opens a debugger on port 9229 at SIGUSR1, to which any user of this computer may
 * then connect and run code as this one. A listener of our own takes the place of that; `--disable-sigusr1` on the command
 * line, where the program is started by us, closes the moment before. `--inspect` stays for who wants a debugger.
 */
if (process.platform !== 'win32') process.on('SIGUSR1', () => {});
