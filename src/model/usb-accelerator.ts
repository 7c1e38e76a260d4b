/** A USB accelerator: Google Coral shows as 1a6e:089a before its firmware is loaded and 18d1:9302 after. */
export interface UsbAccelerator {
  readonly vendorProduct: string;
  readonly kind: 'coral';
  readonly state: 'waiting-for-firmware' | 'ready';
  readonly path: string;
  readonly speedMbps?: number;
}
