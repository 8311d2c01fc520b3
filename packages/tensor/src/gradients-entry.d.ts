// The entry exists only after the build (package.json, exports); this lets a clean checkout type-check before it.
declare module '@cribo/tensor/gradients';
