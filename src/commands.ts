import { createContext } from './app.ts';
import { main } from './cli/main.ts';

// The program for commands: what a command needs is loaded when it is named.
void main(process.argv.slice(2), createContext());
