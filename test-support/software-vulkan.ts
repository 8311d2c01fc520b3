import { existsSync } from 'node:fs';
import { dirname } from 'node:path';

/** The description of a Vulkan driver: the caller's, or Chromium's, which computes on the CPU. */
export const vulkanDriver = process.env.VK_ICD_FILENAMES ?? '/usr/lib/chromium/vk_swiftshader_icd.json';

/**
 * What a process that uses WebGPU must find in its environment when it starts. Chromium keeps a Vulkan loader next to
 * its driver; the system has one only where it has a GPU.
 */
export const vulkanEnvironment: Record<string, string> = existsSync(vulkanDriver)
  ? {
      VK_ICD_FILENAMES: vulkanDriver,
      LD_LIBRARY_PATH: [process.env.LD_LIBRARY_PATH, dirname(vulkanDriver)].filter(Boolean).join(':'),
    }
  : {};
