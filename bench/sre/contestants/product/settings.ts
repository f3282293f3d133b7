/** How the product is set up for a measurement; the report says these. */
export const productSettings = {
  /** A change must hold this long before it counts as verified, and may take so long to get there. Production's defaults: 20 and 120. */
  soakSeconds: 6,
  verificationSeconds: 45,
  /** Nothing open and nothing new for so long: the product has done what it will. */
  quietSeconds: 4,
  /** No approval is given when less than this is left: what runs must be over by the deadline. */
  lastApprovalSeconds: 60,
  /** After the deadline, what is still under way may take so long; less than the bench's own grace. */
  lateSeconds: 8,
} as const;
