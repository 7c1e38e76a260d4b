import { createContext } from './app.ts';
import { main } from './cli/main.ts';
import { openConsole } from './console.ts';

// The program for the console: all that the first frame needs is one file, because each file read one after the other delays it.
void main(process.argv.slice(2), createContext(openConsole));
