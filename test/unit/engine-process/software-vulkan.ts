import { existsSync } from 'node:fs'

const CHROMIUM_DRIVER = '/usr/lib/chromium/vk_swiftshader_icd.json'

/**
 * Makes WebGPU run on a software Vulkan driver (Debian's `chromium` package brings one), so that it is tested without
 * a graphics card. False where there is no such driver: the test skips and says so. Must come before Dawn starts.
 */
export function softwareVulkan(): boolean {
  const driver = process.env.VK_ICD_FILENAMES ?? CHROMIUM_DRIVER
  if (!existsSync(driver)) return false
  process.env.VK_ICD_FILENAMES = driver
  return true
}
