/** A PCI address as facts keep it: `0000:9b:00.0`. nvidia-smi gives domains of eight digits, the kernel's log leaves out the function. */
export const busId = (text: string | undefined): string | undefined =>
  text?.toLowerCase().replace(/^0000(?=[0-9a-f]{4}:)/, '');
