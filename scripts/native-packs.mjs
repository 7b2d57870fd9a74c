/**
 * Which native TensorFlow a machine gets, pinned by version and sha256: one table, nothing else to edit for a new
 * version. All of it comes out of Python wheels; any Python can fetch them, because pip is told which one to fetch
 * for (3.11) and installs nothing: the files needed are taken out here.
 */
export const tensorflowVersion = '2.21.0'

/** What the addon's two sources include, out of the 250 MB of headers in the wheel (found with `g++ -M`). */
export const headers = [
  'tensorflow/c/c_api.h',
  'tensorflow/c/c_api_macros.h',
  'tensorflow/c/eager/c_api.h',
  'tensorflow/c/tf_attrtype.h',
  'tensorflow/c/tf_buffer.h',
  'tensorflow/c/tf_datatype.h',
  'tensorflow/c/tf_status.h',
  'tensorflow/c/tf_tensor.h',
  'tensorflow/c/tf_tstring.h',
  'tensorflow/core/platform/ctstring.h',
  'tensorflow/core/platform/ctstring_internal.h',
  'tsl/platform/ctstring.h',
  'tsl/platform/ctstring_internal.h',
  'xla/tsl/c/tsl_status.h',
].map((header) => `tensorflow/include/${header}`)

const linuxLibraries = ['tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2']
const macLibraries = ['tensorflow/libtensorflow_cc.2.dylib', 'tensorflow/libtensorflow_framework.2.dylib']
const linuxTags = ['manylinux_2_27_x86_64', 'manylinux_2_25_x86_64', 'manylinux_2_17_x86_64', 'manylinux_2_12_x86_64']

/**
 * A wheel: `bytes` is the download, `takes` the files wanted out of it (a name, or a pattern), `unpackedBytes` roughly
 * what they take on the disk. NVIDIA's sizes are what pip announces, rounded.
 */
const tensorflowWheel = (project, tags, file, bytes, unpackedBytes, sha256, libraries) => ({
  project,
  version: tensorflowVersion,
  tags,
  abi: 'cp311',
  file,
  bytes,
  unpackedBytes,
  sha256,
  takes: [...libraries, ...headers],
})

const nvidiaWheel = (project, version, megabytes, file, sha256) => ({
  project,
  version,
  tags: linuxTags,
  abi: 'none',
  file,
  bytes: megabytes * 1e6,
  unpackedBytes: megabytes * 1.7e6,
  sha256,
  takes: [/^nvidia\/[^/]+\/lib\/[^/]+\.so[.\d]*$/], // no headers, no static libraries
})

const cpuLinuxX64 = {
  kind: 'cpu',
  libraries: linuxLibraries,
  wheels: [
    tensorflowWheel(
      'tensorflow-cpu',
      ['manylinux_2_27_x86_64'],
      'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl',
      273_829_956,
      854e6,
      '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
      linuxLibraries,
    ),
  ],
}

const cpuLinuxArm64 = {
  kind: 'cpu',
  libraries: linuxLibraries,
  wheels: [
    tensorflowWheel(
      'tensorflow',
      ['manylinux_2_27_aarch64'],
      'tensorflow-2.21.0-cp311-cp311-manylinux_2_27_aarch64.whl',
      281_828_020,
      884e6,
      '4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c',
      linuxLibraries,
    ),
  ],
}

const cpuMacArm64 = {
  kind: 'cpu',
  libraries: macLibraries,
  wheels: [
    tensorflowWheel(
      'tensorflow',
      ['macosx_12_0_arm64'],
      'tensorflow-2.21.0-cp311-cp311-macosx_12_0_arm64.whl',
      223_405_849,
      741e6,
      '51f46f4806139d01fc7920cc72a4c75876f80649bf40ff083ab6212ceb43ca88',
      macLibraries,
    ),
  ],
}

/**
 * The versions pip chooses for `tensorflow[and-cuda]==2.21.0`, without nvcc, which only XLA calls. They lie beside
 * the tensorflow folder as `nvidia/…/lib`, where the RUNPATH of libtensorflow_framework looks for them.
 */
const cudaLinuxX64 = {
  kind: 'cuda',
  libraries: linuxLibraries,
  wheels: [
    tensorflowWheel(
      'tensorflow',
      ['manylinux_2_27_x86_64'],
      'tensorflow-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl',
      572_440_367,
      1260e6,
      '9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124',
      linuxLibraries,
    ),
    nvidiaWheel(
      'nvidia-cublas-cu12',
      '12.9.3.13',
      581,
      'nvidia_cublas_cu12-12.9.3.13-py3-none-manylinux_2_27_x86_64.whl',
      'd7d51055f161b317c7105ddaae90e71eda059026074ffef93cf7cde2886bfe72',
    ),
    nvidiaWheel(
      'nvidia-cuda-cupti-cu12',
      '12.9.79',
      11,
      'nvidia_cuda_cupti_cu12-12.9.79-py3-none-manylinux_2_25_x86_64.whl',
      '096bcf334f13e1984ba36685ad4c1d6347db214de03dbb6eebb237b41d9d934f',
    ),
    nvidiaWheel(
      'nvidia-cuda-nvrtc-cu12',
      '12.9.86',
      90,
      'nvidia_cuda_nvrtc_cu12-12.9.86-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl',
      '210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4',
    ),
    nvidiaWheel(
      'nvidia-cuda-runtime-cu12',
      '12.9.79',
      4,
      'nvidia_cuda_runtime_cu12-12.9.79-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl',
      '25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3',
    ),
    nvidiaWheel(
      'nvidia-cudnn-cu12',
      '9.28.0.42',
      717,
      'nvidia_cudnn_cu12-9.28.0.42-py3-none-manylinux_2_27_x86_64.whl',
      '9ff58b7f36dacd0a93e89f8f2957b52466889217963701daa15e577317cfa375',
    ),
    nvidiaWheel(
      'nvidia-cufft-cu12',
      '11.4.1.4',
      201,
      'nvidia_cufft_cu12-11.4.1.4-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl',
      'c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28',
    ),
    nvidiaWheel(
      'nvidia-curand-cu12',
      '10.3.10.19',
      68,
      'nvidia_curand_cu12-10.3.10.19-py3-none-manylinux_2_27_x86_64.whl',
      '49b274db4780d421bd2ccd362e1415c13887c53c214f0d4b761752b8f9f6aa1e',
    ),
    nvidiaWheel(
      'nvidia-cusolver-cu12',
      '11.7.5.82',
      338,
      'nvidia_cusolver_cu12-11.7.5.82-py3-none-manylinux_2_27_x86_64.whl',
      '15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88',
    ),
    nvidiaWheel(
      'nvidia-cusparse-cu12',
      '12.5.10.65',
      367,
      'nvidia_cusparse_cu12-12.5.10.65-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl',
      '73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78',
    ),
    nvidiaWheel(
      'nvidia-nccl-cu12',
      '2.32.3',
      352,
      'nvidia_nccl_cu12-2.32.3-py3-none-manylinux_2_27_x86_64.whl',
      'bb94b2348e4861d5e8aa00b36c3d12d9bdf9c6369b82cbb723de0b582280a21c',
    ),
    nvidiaWheel(
      'nvidia-nvjitlink-cu12',
      '12.9.86',
      40,
      'nvidia_nvjitlink_cu12-12.9.86-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl',
      'e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9',
    ),
  ],
}

/** Packs by platform, the one that always works first. */
export const packs = {
  'linux-x64': { cpu: cpuLinuxX64, cuda: cudaLinuxX64 },
  'linux-arm64': { cpu: cpuLinuxArm64 },
  'darwin-arm64': { cpu: cpuMacArm64 },
}

/**
 * The packs to provide, in order; the last that works is used. The CPU pack comes first even where there is a card,
 * so that a failed CUDA download leaves a working program.
 * @param {{ platform: string, arch: string, hasNvidia: boolean, wanted: 'auto' | 'cpu' | 'cuda', libc?: string }} machine
 * @returns {{ packs: object[], problem?: string }} `problem` is a code of problems.mjs
 */
export function choosePacks({ platform, arch, hasNvidia, wanted, libc = 'glibc' }, table = packs) {
  const here = table[`${platform}-${arch}`]
  if (!here) return { packs: [], problem: 'platform-unsupported' }
  if (platform === 'linux' && libc !== 'glibc') return { packs: [], problem: 'musl-unsupported' }
  if (wanted === 'cuda' && !here.cuda) return { packs: [here.cpu], problem: 'cuda-unsupported' }
  const wantsCuda = wanted === 'cuda' || (wanted === 'auto' && hasNvidia && here.cuda !== undefined)
  return { packs: wantsCuda ? [here.cpu, here.cuda] : [here.cpu] }
}

/** The name of a pack's folder: it changes whenever a pinned wheel does, so an old pack is never taken for a new one. */
export function packFolderName(pack, platform, arch) {
  const fingerprint = pack.wheels
    .map((wheel) => wheel.sha256.slice(0, 4))
    .join('')
    .slice(0, 12)
  return `tensorflow-${pack.wheels[0].version}-${pack.kind}-${platform}-${arch}-${fingerprint}`
}

export const downloadBytes = (pack) => pack.wheels.reduce((sum, wheel) => sum + wheel.bytes, 0)
export const unpackedBytes = (pack) => pack.wheels.reduce((sum, wheel) => sum + wheel.unpackedBytes, 0)
