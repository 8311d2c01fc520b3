import { describe, expect, it } from 'vitest';
import { vulkanDriver } from '../src/backends/bench.js';

describe('the Vulkan driver of backends on WebGPU', () => {
  it('is the one of the environment, and said to compute on the CPU where it does', () => {
    expect(vulkanDriver({ VK_ICD_FILENAMES: '/usr/lib/chromium/vk_swiftshader_icd.json' })).toEqual({
      environment: { LD_LIBRARY_PATH: '/usr/lib/chromium' },
      note: 'software Vulkan, computes on the CPU: vk_swiftshader_icd.json',
    });
    expect(
      vulkanDriver({ VK_ICD_FILENAMES: '/etc/vulkan/icd.d/nvidia_icd.json', LD_LIBRARY_PATH: '/opt/lib' }),
    ).toEqual({
      environment: { LD_LIBRARY_PATH: '/opt/lib:/etc/vulkan/icd.d' },
      note: 'Vulkan driver: nvidia_icd.json',
    });
  });

  it('is left to the system where none is named', () => {
    expect(vulkanDriver({ LD_LIBRARY_PATH: '/opt/lib' })).toBeUndefined();
  });
});
