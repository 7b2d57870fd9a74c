/** Masks out and in again through the command line: stacks plane by plane, names, corrected classes. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inspect, readWholePlane } from '../../../src-main/imaging/import-pixels.ts'
import { TiffWriter } from '../../../src-main/imaging/tiff-writer.ts'
import { FIRST_TEMPORARY_ID } from '../../../src-shared/labels.ts'
import { cellbrush, cellbrushJson, temporaryFolder } from '../../drivers/command-line.ts'

const { at, remove } = temporaryFolder()
afterAll(remove)

const SIZE = { width: 24, height: 16 }

/** A TIFF of so many planes; `value` says what stands in each pixel. */
function writeTiff(file: string, { z = 1, t = 1 }, value: (page: number, x: number, y: number) => number): string {
  mkdirSync(path.dirname(file), { recursive: true })
  const tiff = TiffWriter.create(file, { ...SIZE, sampleType: 'uint16', z, t })
  for (let page = 0; page < z * t; page++) {
    const pixel = (_: unknown, index: number) => value(page, index % SIZE.width, Math.floor(index / SIZE.width))
    tiff.writePlane(Uint16Array.from({ length: SIZE.width * SIZE.height }, pixel))
  }
  tiff.close()
  return file
}

const grey = (seed: number) => (page: number, x: number, y: number) => (seed * 131 + page * 17 + x * 7 + y * 3) % 1000

/** Two objects in each plane, where and which tells the plane: no two planes are alike. */
const objects = (first: number) => (page: number, x: number, y: number) => {
  const inRow = y === page + 1
  return inRow && x < 5 ? first + 2 * page : inRow && x > 9 && x < 14 ? first + 2 * page + 1 : 0
}

/** An image and its mask in `FOLDER/images` and `FOLDER/masks`. */
function writePair(folder: string, name: string, planes: { z?: number; t?: number }, seed: number): void {
  writeTiff(at(folder, 'images', name), planes, grey(seed))
  writeTiff(at(folder, 'masks', name), planes, objects(seed))
}

async function imported(project: string, images: string, ...options: string[]) {
  await cellbrush(['project', 'create', project])
  return cellbrushJson(['import', project, images, ...options])
}

/** Every plane and what stands beside it, of all that a project exports as TIFF. */
async function labelsOf(project: string) {
  const out = `${project}-labels`
  rmSync(out, { recursive: true, force: true })
  await cellbrush(['export', project, '--format', 'labels-tiff', '--out', out])
  const found: Record<string, unknown> = {}
  for (const name of readdirSync(out).sort()) {
    const file = path.join(out, name)
    if (name.endsWith('.json')) {
      found[name] = JSON.parse(readFileSync(file, 'utf8'))
      continue
    }
    const { pages } = await inspect(file)
    const planes: number[][] = []
    for (let page = 0; page < pages; page++) planes.push([...(await readWholePlane(file, page)).data])
    found[name] = planes
  }
  return found
}

const kindsOf = (report: { files: { name: string; mask: string; objects: number }[] }) =>
  Object.fromEntries(report.files.map(({ name, mask, objects }) => [name, `${mask} ${objects}`]))

beforeAll(() => {
  writePair('stacks', 'deep.tif', { z: 3 }, 1)
  writePair('stacks', 'deeper.tif', { z: 4 }, 2)
  writePair('stacks', 'plain.tif', {}, 3)
  writePair('four', 'film.tif', { z: 3, t: 2 }, 4)
  // One of many images that a microscope saved plane by plane.
  writePair('place', 'well_z3_t1.tif', {}, 5)
})

test.each([
  ['two stacks beside a plain image', 'stacks', { 'deep.tif': 6, 'deeper.tif': 8, 'plain.tif': 2 }],
  ['a stack with depth and time', 'four', { 'film.tif': 12 }],
  ['an image whose name is that of a plane', 'place', { 'well_z3_t1.tif': 2 }],
])('PNGs, a file each plane, and TIFFs bring back %s', async (_, folder, counts) => {
  const project = at(`${folder}.cellbrush`)
  await imported(project, at(folder, 'images'), '--masks', at(folder, 'masks'), '--mask-kind', 'instances')
  const expected = Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, `exported ${count}`]))
  for (const format of ['labels-png', 'labels-tiff']) {
    const out = at(`${folder}-${format}`)
    await cellbrush(['export', project, '--format', format, '--out', out])
    const again = at(`${folder}-${format}.cellbrush`)
    const report = await imported(again, at(folder, 'images'), '--masks', out)
    expect([report.exitCode, kindsOf(report)]).toEqual([0, expected])
    expect(await labelsOf(again)).toEqual(await labelsOf(project))
  }
})

test('a stack of classes, a PNG each plane, comes back plane by plane', async () => {
  const project = at('film-classes.cellbrush')
  const values = Array.from({ length: 12 }, (_, index) => `${index + 4}=kind${index}`)
  const map = ['--mask-kind', 'classes', '--map', ['0=background', ...values].join(',')]
  await imported(project, at('four/images'), '--masks', at('four/masks'), ...map)
  await cellbrush(['export', project, '--format', 'classes-png', '--out', at('film-classes')])
  const again = at('film-classes-again.cellbrush')
  const report = await imported(again, at('four/images'), '--masks', at('film-classes'))
  expect(kindsOf(report)).toEqual({ 'film.tif': 'classes 12' })
  expect(await labelsOf(again)).toEqual(await labelsOf(project))
})

test('of label images that do not fit what is known of them the image is named, and the others come in', async () => {
  const more = at('more-pages')
  const fewer = at('fewer-planes')
  const project = at('stacks.cellbrush')
  await cellbrush(['export', project, '--format', 'labels-tiff', '--out', more])
  await cellbrush(['export', project, '--format', 'labels-png', '--out', fewer])
  writeTiff(path.join(more, 'deep_labels.tif'), { z: 5 }, objects(16))
  rmSync(path.join(fewer, 'deep_z1_t0_labels.png'))
  for (const [folder, reason] of [
    [more, /deep_labels.tif cannot be used \(the file beside it does not know all of its planes\)/],
    [fewer, /deep_z0_t0_labels.png cannot be used \(plane z 1, t 0 is missing beside it\)/],
  ] as const) {
    const report = await imported(`${folder}.cellbrush`, at('stacks/images'), '--masks', folder)
    const failed = report.files.filter(({ status }: { status: string }) => status === 'failed')
    expect([report.exitCode, report.imported, failed.length]).toEqual([1, 2, 1])
    expect(failed[0].error).toEqual({ code: 'mask-invalid', message: expect.stringMatching(reason) })
  }
})

test('a label image with objects that the file beside it does not list is refused: the file tells of others', async () => {
  writePair('moved', 'well.tif', {}, 4)
  const project = at('moved.cellbrush')
  await imported(project, at('moved/images'), '--masks', at('moved/masks'), '--mask-kind', 'instances')
  const out = at('moved-out')
  await cellbrush(['export', project, '--format', 'labels-tiff', '--out', out, '--compact'])
  const file = writeTiff(path.join(out, 'well_labels.tif'), {}, objects(2)) // values 2 and 3; 1 and 2 are listed
  const reason = 'the JSON file beside it knows no object 3; take it away if it was written with other labels'
  const message = `The mask ${file} cannot be used (${reason}).`
  const report = await imported(at('moved-again.cellbrush'), at('moved/images'), '--masks', out)
  expect(report.files[0].error).toEqual({ code: 'mask-invalid', message })
  const said = await cellbrush(['evaluate', '--truth', out, '--masks', at('moved/masks')])
  expect(said.stderr + said.stdout).toContain(message)
})

test('objects that an earlier release wrote with the temporary ids of a window come in after the last real one', async () => {
  writePair('temporary', 'dish.tif', { z: 2 }, 1)
  const project = at('temporary.cellbrush')
  await imported(project, at('temporary/images'), '--masks', at('temporary/masks'))
  const expected = await labelsOf(project)
  const out = `${project}-labels`
  const given = new Map([17, 18].map((id) => [id, FIRST_TEMPORARY_ID + id]))
  const sidecar = JSON.parse(readFileSync(path.join(out, 'dish_labels.json'), 'utf8'))
  for (const object of sidecar.objects) object.id = object.value = given.get(object.id) ?? object.id
  writeFileSync(path.join(out, 'dish_labels.json'), JSON.stringify(sidecar))
  const tiff = TiffWriter.create(path.join(out, 'dish_labels.tif'), { ...SIZE, sampleType: 'uint32', z: 2 })
  const planes = expected['dish_labels.tif'] as number[][]
  for (const plane of planes) tiff.writePlane(Uint32Array.from(plane, (id) => given.get(id) ?? id))
  tiff.close()
  const again = at('temporary-again.cellbrush')
  const report = await imported(again, at('temporary/images'), '--masks', out)
  expect([report.exitCode, kindsOf(report)]).toEqual([0, { 'dish.tif': 'exported 4' }])
  const now = new Map([
    [17, 20],
    [18, 21],
  ])
  const found = await labelsOf(again)
  expect(found['dish_labels.tif']).toEqual(planes.map((plane) => plane.map((id) => now.get(id) ?? id)))
  const { objects: written } = found['dish_labels.json'] as { objects: { id: number }[] }
  expect(written.map(({ id }) => id)).toEqual([16, 19, 20, 21])
})

test('fewer masks than a stack has planes are refused, whatever their values are', async () => {
  const project = at('two-of-three.cellbrush')
  writeTiff(at('two-of-three/images/deep.tif'), { z: 3 }, grey(1))
  for (const z of [0, 1]) writeTiff(at(`two-of-three/masks/deep_z${z}_t0_labels.tif`), {}, objects(1))
  const report = await imported(project, at('two-of-three/images'), '--masks', at('two-of-three/masks'))
  const path = at('two-of-three/masks/deep_z0_t0_labels.tif')
  const image = at('two-of-three/images/deep.tif')
  expect(report.files[0].error).toEqual({
    code: 'mask-invalid',
    message: `The mask ${path} cannot be used (2 files have 2 pages but the image ${image} has 3).`,
  })
})

test('a mask saved as JPEG is refused, unless it is said how to read it', async () => {
  writeTiff(at('lossy/images/well.tif'), {}, grey(1))
  const data = Uint8Array.from({ length: SIZE.width * SIZE.height }, (_, at) => (at % SIZE.width < 9 ? 255 : 0))
  const mask = at('lossy/masks/well.jpg')
  mkdirSync(path.dirname(mask))
  await sharp(data, { raw: { ...SIZE, channels: 1 } })
    .jpeg()
    .toFile(mask)
  const project = at('lossy.cellbrush')
  const report = await imported(project, at('lossy/images'), '--masks', at('lossy/masks'))
  expect(report.files[0].error).toEqual({
    code: 'mask-invalid',
    message: `The mask ${mask} cannot be used (JPEG changes values; save the mask as PNG or TIFF).`,
  })
  const words = [at('lossy/images'), '--masks', at('lossy/masks'), '--mask-kind', 'binary', '--foreground', '255']
  const said = await cellbrushJson(['import', project, ...words])
  expect(kindsOf(said)).toEqual({ 'well.tif': 'binary 1' })
})

/** Three stripes in each plane, of these values: those of different values touch. */
const stripes = (pages: number[][]) => (page: number, x: number) => pages[page]![Math.floor(x / 8)]!

test.each([
  [
    'the first is empty',
    [
      [0, 0, 0],
      [1, 2, 0],
    ],
    'instances 2',
  ],
  [
    'the first has one object',
    [
      [7, 0, 0],
      [7, 9, 0],
    ],
    'instances 2',
  ],
  [
    'each has one object',
    [
      [3, 0, 3],
      [0, 4, 0],
    ],
    'instances 2',
  ],
  [
    'all have one value',
    [
      [255, 0, 255],
      [255, 255, 0],
    ],
    'binary 3',
  ],
])('what a mask is, is told from all of its planes: %s', async (name, pages, expected) => {
  const folder = name.replaceAll(' ', '-')
  writeTiff(at(folder, 'images/deep.tif'), { z: 2 }, grey(1))
  writeTiff(at(folder, 'stack/deep.tif'), { z: 2 }, stripes(pages))
  for (const [z, page] of pages.entries()) writeTiff(at(folder, `planes/deep_z${z}_t0.tif`), {}, stripes([page]))
  for (const masks of ['stack', 'planes']) {
    const project = at(folder, `${masks}.cellbrush`)
    const report = await imported(project, at(folder, 'images'), '--masks', at(folder, masks))
    expect(kindsOf(report)).toEqual({ 'deep.tif': expected })
  }
})

test('what one stack of masks for all images is, is told from all of it', async () => {
  for (const name of ['1.tif', '2.tif', '3.tif']) writeTiff(at('shared/images', name), {}, grey(Number(name[0])))
  const pages = [
    [0, 0, 0],
    [5, 0, 5],
    [1, 2, 0],
  ]
  writeTiff(at('shared/all.tif'), { z: 3 }, stripes(pages))
  const report = await imported(at('shared.cellbrush'), at('shared/images'), '--masks', at('shared/all.tif'))
  expect(kindsOf(report)).toEqual({ '1.tif': 'instances 0', '2.tif': 'instances 1', '3.tif': 'instances 2' })
})

test('images of one name are exported under their numbers in the project, wherever the program was started', async () => {
  const project = at('twins.cellbrush')
  for (const [folder, seed] of [
    ['left', 6],
    ['right', 7],
  ] as const) {
    writePair(folder, 'img.tif', {}, seed)
    await imported(project, at(folder, 'images'), '--masks', at(folder, 'masks'), '--mask-kind', 'instances')
  }
  writePair('left', 'other.tif', {}, 8)
  const masks = ['--masks', at('left/masks'), '--mask-kind', 'instances']
  await cellbrush(['import', project, at('left/images/other.tif'), ...masks])
  const { images } = await cellbrushJson(['project', 'info', project])
  const [left, right] = images.map(({ id }: { id: number }) => id)
  const { files } = await cellbrushJson(['export', project, '--format', 'labels-png', '--out', at('twins')])
  expect(files.flatMap(({ outputs }: { outputs: string[] }) => outputs.map((file) => path.basename(file)))).toEqual(
    [`${left}_img`, `${right}_img`, 'other'].flatMap((name) => [`${name}_labels.png`, `${name}_labels.json`]),
  )
})

test('masks of images of one name find their images again by what is in the images, wherever these lie now', async () => {
  const stacks = { left: { z: 2 }, right: {} }
  const images = ['left', 'right'].map((folder) => at('same', folder, 'images/img.tif'))
  const project = at('same.cellbrush')
  await cellbrush(['project', 'create', project])
  for (const [index, [folder, planes]] of Object.entries(stacks).entries()) {
    writePair(`same/${folder}`, 'img.tif', planes, 20 + index)
    await cellbrush(['import', project, images[index]!, '--masks', at('same', folder, 'masks')])
  }
  const painted = await labelsByContent(project)
  expect(painted.size).toBe(2)
  const names = (report: { unmatchedMasks: string[] }) => report.unmatchedMasks.map((mask) => path.basename(mask))
  for (const format of ['labels-png', 'labels-tiff']) {
    const out = at(`same-${format}`)
    await cellbrush(['export', project, '--format', format, '--out', out])
    const again = at(`same-${format}.cellbrush`)
    await cellbrush(['project', 'create', again])
    const report = await cellbrushJson(['import', again, images[1]!, images[0]!, '--masks', out])
    expect([report.imported, names(report)]).toEqual([2, []])
    expect(await labelsByContent(again)).toEqual(painted)
    const one = await imported(at(`same-${format}-right.cellbrush`), images[1]!, '--masks', out)
    expect([kindsOf(one), names(one).every((name) => name.startsWith('1_img'))]).toEqual([
      { 'img.tif': 'exported 2' },
      true,
    ])
  }
})

test("the mask of an image that is not imported is no other image's, whatever else is", async () => {
  const project = at('apart.cellbrush')
  await cellbrush(['project', 'create', project])
  for (const [index, folder] of ['left', 'right', 'new'].entries()) {
    const name = folder === 'new' ? 'other.tif' : 'img.tif'
    writePair(`apart/${folder}`, name, {}, 50 + index)
    const files = [at('apart', folder, 'images', name), '--masks', at('apart', folder, 'masks')]
    if (folder !== 'new') await cellbrush(['import', project, ...files])
  }
  const out = at('apart-out')
  await cellbrush(['export', project, '--format', 'labels-tiff', '--out', out])
  const again = at('apart-again.cellbrush')
  await cellbrush(['project', 'create', again])
  const images = [at('apart/left/images/img.tif'), at('apart/new/images/other.tif')] as const
  const report = await cellbrushJson(['import', again, ...images, '--masks', out])
  expect([kindsOf(report), report.unmatchedMasks]).toEqual([
    { 'img.tif': 'exported 2', 'other.tif': 'none undefined' },
    [path.join(out, '2_img_labels.tif')],
  ])
})

test('a mask under the id of its image that does not tell its content is taken where one image has the name', async () => {
  writePair('early', 'img.tif', {}, 30)
  const project = at('early.cellbrush')
  await imported(project, at('early/images'), '--masks', at('early/masks'))
  const out = at('early-out')
  await cellbrush(['export', project, '--format', 'labels-tiff', '--out', out])
  const { sha256, ...sidecar } = JSON.parse(readFileSync(path.join(out, 'img_labels.json'), 'utf8'))
  expect(sha256).toMatch(/^[0-9a-f]{64}$/)
  writeFileSync(path.join(out, '5_img_labels.json'), JSON.stringify(sidecar))
  renameSync(path.join(out, 'img_labels.tif'), path.join(out, '5_img_labels.tif'))
  rmSync(path.join(out, 'img_labels.json'))
  writePair('early', 'other.tif', {}, 32)
  const report = await imported(at('early-again.cellbrush'), at('early/images'), '--masks', out)
  expect(kindsOf(report)).toEqual({ 'img.tif': 'exported 2', 'other.tif': 'none undefined' })
  writePair('early-too', 'img.tif', {}, 31)
  const two = [at('early/images/img.tif'), at('early-too/images/img.tif')] as const
  await cellbrush(['project', 'create', at('early-two.cellbrush')])
  const said = await cellbrush([
    'import',
    at('early-two.cellbrush'),
    ...two,
    '--masks',
    path.join(out, '5_img_labels.tif'),
  ])
  expect([said.exitCode, said.stderr]).toEqual([
    3,
    expect.stringMatching(/^No mask was found for .*, which has 1 page for/),
  ])
})

test('numbered masks that two exports made of one image are named; those of other programs fail by themselves', async () => {
  writePair('numbered', '7_img.tif', {}, 40)
  writePair('numbered', 'img.tif', {}, 41)
  const project = at('numbered.cellbrush')
  await imported(project, at('numbered/images'), '--masks', at('numbered/masks'))
  const out = at('numbered-out')
  await cellbrush(['export', project, '--format', 'labels-tiff', '--out', out])
  const into = async (name: string) => {
    await cellbrush(['project', 'create', at(name)])
    return cellbrush(['import', at(name), at('numbered/images'), '--masks', out, '--json'])
  }
  writeFileSync(path.join(out, '7_img_labels.json'), '{"shapes":[]}')
  const report = JSON.parse((await into('numbered-foreign.cellbrush')).stdout)
  const fates = report.files.map(({ name, status }: { name: string; status: string }) => `${name} ${status}`)
  expect(fates).toEqual(['7_img.tif failed', 'img.tif imported'])
  for (const number of ['3', '4']) {
    for (const end of ['tif', 'json']) {
      copyFileSync(path.join(out, `img_labels.${end}`), path.join(out, `${number}_img_labels.${end}`))
    }
  }
  const [three, four] = ['3', '4'].map((number) => path.join(out, `${number}_img_labels.tif`))
  const reason = `"${three}" is of "${at('numbered/images/img.tif')}" as well; keep one`
  const said = await into('numbered-twice.cellbrush')
  expect([said.exitCode, said.stderr]).toEqual([3, expect.stringContaining(`${four} cannot be used (${reason}).`)])
})

/** What a project exports of each image, by the SHA-256 of the image. */
async function labelsByContent(project: string): Promise<Map<string, unknown>> {
  const labels = await labelsOf(project)
  const sidecars = Object.entries(labels).filter(([name]) => name.endsWith('.json'))
  return new Map(
    sidecars.map(([name, sidecar]) => [
      (sidecar as { sha256: string }).sha256,
      [sidecar, labels[name.replace(/json$/, 'tif')]],
    ]),
  )
}

test('classes that are corrected beside a known mask come in, and undo takes them back', async () => {
  writePair('corrected', 'dish.tif', { z: 2 }, 1)
  const masks = at('corrected/masks')
  const project = at('corrected.cellbrush')
  const words = [at('corrected/images'), '--masks', masks]
  const classes = async () => {
    const labels = await labelsOf(project)
    const { objects } = labels['dish_labels.json'] as { objects: { id: number; class: string }[] }
    return objects.map((object) => `${object.id} ${object.class}`)
  }
  await imported(project, ...(words as [string, string, string]))
  expect(await classes()).toEqual(['16 cell', '17 cell', '18 cell', '19 cell'])
  writeFileSync(path.join(masks, 'dish_objects.csv'), 'object,class\n1,glia\n2,neuron\n4,glia\n')
  const report = await cellbrushJson(['import', project, ...words])
  expect([report.existing, kindsOf(report)]).toEqual([1, { 'dish.tif': 'instances 4' }])
  expect(await classes()).toEqual(['16 glia', '17 neuron', '18 cell', '19 glia'])
  await cellbrush(['annotate', project, 'dish', '--undo'])
  expect(await classes()).toEqual(['16 cell', '17 cell', '18 cell', '19 cell'])
  await cellbrush(['annotate', project, 'dish', '--redo'])
  rmSync(path.join(masks, 'dish_objects.csv'))
  await cellbrush(['import', project, ...words]) // a mask that says nothing of classes changes none
  expect(await classes()).toEqual(['16 glia', '17 neuron', '18 cell', '19 glia'])
})

test('an import and an evaluation find the same mask for the same name', async () => {
  const masks = at('names/masks')
  for (const [image, mask] of [
    ['slice7.tif', 'slice007.tif'],
    ['cell_img.tif', 'cell_mask.tif'],
    ['B.tif', 'gt_b.tif'],
  ] as const) {
    writeTiff(at('names/images', image), {}, grey(image.length))
    writeTiff(path.join(masks, mask), {}, objects(1))
  }
  const project = at('names.cellbrush')
  const report = await imported(project, at('names/images'), '--masks', masks, '--mask-kind', 'instances')
  expect(kindsOf(report)).toEqual({
    'B.tif': 'instances 2',
    'cell_img.tif': 'instances 2',
    'slice7.tif': 'instances 2',
  })
  await cellbrush(['export', project, '--format', 'labels-tiff', '--out', at('names/out'), '--compact'])
  const scored = await cellbrushJson(['evaluate', '--truth', masks, '--masks', at('names/out')])
  expect(scored.files.map(({ name, predicted }: Record<string, string>) => [name, path.basename(predicted!)])).toEqual([
    ['gt_b', 'B_labels.tif'],
    ['cell_mask', 'cell_img_labels.tif'],
    ['slice007', 'slice7_labels.tif'],
  ])
  expect([scored.unmatched, scored.mean.raw.meanF1]).toEqual([[], 1])
})

test('where true masks lie among their images, results are scored against the masks', async () => {
  for (const [image, mask] of [
    ['a', 'a_masks'],
    ['000_img', '000_masks'],
  ]) {
    writeTiff(at('beside/truth', `${image}.tif`), {}, grey(3))
    writeTiff(at('beside/truth', `${mask}.tif`), {}, objects(4))
    writeTiff(at('beside/out', `${image}_labels.tif`), {}, objects(4))
  }
  const scored = await cellbrushJson(['evaluate', '--truth', at('beside/truth'), '--masks', at('beside/out')])
  expect(scored.files.map(({ name }: Record<string, string>) => name)).toEqual(['000_masks', 'a_masks'])
  expect([scored.unmatched, scored.mean.raw.meanF1]).toEqual([[], 1])
})

test('masks in a folder of images are no images, whatever their folder is called', async () => {
  for (const name of ['a.tif', 'b.tif']) {
    writeTiff(at('mixed/raw', name), {}, grey(3))
    writeTiff(at('mixed/truth', name), {}, objects(4))
  }
  const kind = ['--mask-kind', 'instances']
  const report = await imported(at('mixed.cellbrush'), at('mixed'), '--masks', at('mixed/truth'), ...kind)
  const relative = report.files.map((file: { path: string }) => path.relative(at('mixed'), file.path))
  expect([relative, report.exitCode]).toEqual([['raw/a.tif', 'raw/b.tif'], 0])
})

test('one stack of masks for all images has a page for each of them, or is refused', async () => {
  for (const name of ['a.tif', 'b.tif']) writeTiff(at('pages/images', name), {}, grey(name.length))
  const kind = ['--mask-kind', 'instances']
  const refused = []
  for (const z of [1, 3]) {
    const masks = ['--masks', writeTiff(at(`pages/${z}.tif`), { z }, objects(1)), ...kind]
    const project = at(`pages-${z}.cellbrush`)
    await cellbrush(['project', 'create', project])
    const { exitCode, stderr } = await cellbrush(['import', project, at('pages/images'), ...masks])
    refused.push([exitCode, stderr.trim()])
    expect((await cellbrushJson(['project', 'info', project])).images).toEqual([])
  }
  const [first, one, three] = [at('pages/images/a.tif'), at('pages/1.tif'), at('pages/3.tif')]
  expect(refused).toEqual([
    [3, `No mask was found for ${first} in ${one}, which has 1 page for 2 images; name it like the image.`],
    [3, `No mask was found for ${first} in ${three}, which has 3 pages for 2 images; name it like the image.`],
  ])
  const two = writeTiff(at('pages/2.tif'), { z: 2 }, objects(1))
  const report = await imported(at('pages-2.cellbrush'), at('pages/images'), '--masks', two, ...kind)
  expect(kindsOf(report)).toEqual({ 'a.tif': 'instances 2', 'b.tif': 'instances 2' })
})

test('masks that belong to no image are named', async () => {
  writeTiff(at('spare/images', 'a.tif'), {}, grey(3))
  for (const name of ['a.tif', 'c.tif', 'd.tif']) writeTiff(at('spare/masks', name), {}, objects(4))
  await cellbrush(['project', 'create', at('spare.cellbrush')])
  const masks = ['--masks', at('spare/masks'), '--mask-kind', 'instances']
  const said = await cellbrush(['import', at('spare.cellbrush'), at('spare/images'), ...masks])
  expect([said.stdout.trim().split('\n').at(-1), said.exitCode]).toEqual(['2 masks without an image: c.tif, d.tif.', 0])
})
