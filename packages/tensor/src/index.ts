/// <reference path="./gradients-entry.d.ts" />
import '@cribo/tensor/gradients';
