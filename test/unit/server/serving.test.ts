import { createHash } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { existsSync, readdirSync, readFileSync, readlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { get as request, type Server } from 'node:http'
import path from 'node:path'
import { expect, test } from 'vitest'
import { isTemporary } from '../../../src-main/files/durable.ts'
import { plainName } from '../../../src-main/shells/server/uploads.ts'
import { ANOTHER_PROJECT } from '../../../src-shared/project-key.ts'
import { brush, temporaryFolder, until, writeGreyPng } from '../../drivers/session.ts'
import { builtPages, get, Line, served } from './driver.ts'

test('the page, its scripts and the tiles are served; what is not there is 404', async () => {
  const of = await served()
  expect((await get(of, '/')).headers['content-type']).toBe('text/html; charset=utf-8')
  const script = await get(of, '/assets/main-B2x9Kq_1.js')
  expect(script.headers).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'private, max-age=31536000, immutable',
  })
  const tile = await get(of, '/data/image/1/0/0/0/0/0')
  expect(tile.headers['content-type']).toBe('application/octet-stream')
  expect(tile.body).toHaveLength(256 * 256)
  expect(tile.body[5 * 256 + 7]).toBe(7 * 3 + 5)
  expect((await get(of, '/data/thumbnail/1')).headers['content-type']).toBe('image/png')
  for (const address of ['/data/image/1/0/0/9/0/0', '/data/image/9/0/0/0/0/0', '/data/', '/data/../project.db', '/x']) {
    const missing = await get(of, address)
    expect([address, missing.status]).toEqual([address, 404])
    expect(missing.text).not.toContain(of.folder)
  }
  expect(of.bugs).toEqual([])
})

test('a tile that the browser has is not sent again, until it has changed', async () => {
  const of = await served()
  const address = '/data/labels/1/objects/0/0/0/0/0/0'
  const first = await get(of, address)
  expect(first.headers['x-revision']).toBe('0')
  const headers = { 'if-none-match': first.headers.etag! }
  const again = await get(of, address, { headers })
  expect([again.status, again.body.length]).toEqual([304, 0])
  await of.window.ask('plane.stroke', { plane: of.plane, stroke: brush('new', [[30, 20]]) })
  const changed = await get(of, address, { headers })
  expect([changed.status, changed.headers['x-revision']]).toEqual([200, '1'])
})

test('where the window has not been built, a sentence says how', async () => {
  const of = await served({ pages: path.join(temporaryFolder(), 'none') })
  const page = await get(of, '/')
  expect([page.status, page.text]).toEqual([
    503,
    'The window of Cellbrush has not been built in this checkout; run "npm run build" once and load this page again.\n',
  ])
  expect((await get(of, '/data/thumbnail/1')).status).toBe(200)
})

test('two windows on one session both hear of a stroke, and know whose it was', async () => {
  const of = await served()
  const [one, other] = [
    await Line.open(of, { address: '/api?client=one' }),
    await Line.open(of, { address: '/api?client=other' }),
  ]
  const answer = await one.ask('plane.stroke', { plane: of.plane, stroke: brush('new', [[30, 20]]) })
  const changes = (line: Line) => line.events.flatMap((event) => (event.type === 'plane-changed' ? [event] : []))
  await until(() => changes(one).length > 0 && changes(other).length > 0)
  for (const line of [one, other]) {
    expect(changes(line)).toMatchObject([{ by: 'one', change: answer.changes[0] }])
  }
})

test('a window that shows another project gets no line: what it sends at once is not heard', async () => {
  const of = await served()
  const { createdAt, folderId } = await of.window.ask('project.view', {})
  const address = (project: string) => `/api?client=one&project=${encodeURIComponent(project)}`
  for (const project of [`${createdAt}/another-folder`, `2020-01-01T00:00:00.000Z/${folderId}`, '']) {
    const line = await Line.open(of, { address: address(project) })
    void line.ask('plane.stroke', { plane: of.plane, stroke: brush('new', [[30, 20]]) })
    expect(await line.closed).toBe(ANOTHER_PROJECT)
  }
  const line = await Line.open(of, { address: address(`${createdAt}/${folderId}`) })
  expect(await line.ask('plane.view', { plane: of.plane })).toMatchObject({ revision: 0, undo: 0 })
})

test('a stroke sent again over a new line after a lost one is not doubled', async () => {
  const of = await served()
  const first = await Line.open(of)
  const stroke = brush('new', [[30, 20]])
  first.socket.send(JSON.stringify({ id: 1, method: 'plane.stroke', params: { plane: of.plane, stroke } }))
  await until(() => first.events.some(({ type }) => type === 'plane-changed'))
  first.socket.terminate() // the answer may or may not have come through
  const second = await Line.open(of)
  const answer = await second.ask('plane.stroke', { plane: of.plane, stroke })
  expect(answer).toMatchObject({ revision: 1, objectId: 16 })
  expect(await second.ask('plane.view', { plane: of.plane })).toMatchObject({ revision: 1, undo: 1 })
})

test.each([
  ['text that is not JSON', 'not json', 1007],
  ['JSON that is no message', '[1,2,3]', 1008],
  ['a method that there is not', '{"id":1,"method":"constructor","params":{}}', 1008],
  ['binary', Buffer.from([1, 2, 3]), 1003],
  [
    'a message of 17 MB',
    JSON.stringify({ id: 1, method: 'project.rename', params: { name: 'x'.repeat(17 * 2 ** 20) } }),
    1009,
  ],
])('%s ends that connection and no other', async (_, message, code) => {
  const of = await served()
  const [good, bad] = [await Line.open(of), await Line.open(of)]
  bad.socket.send(message)
  expect(await bad.closed).toBe(code)
  expect(await good.ask('project.view', {})).toMatchObject({ name: 'test' })
  expect(good.socket.readyState).toBe(good.socket.OPEN)
  await Line.open(of)
  expect(of.bugs).toEqual([])
})

test('a request with wrong parameters is answered with a failure and the line stays', async () => {
  const line = await Line.open(await served())
  await expect(line.ask('plane.view', { plane: { imageId: 'x' } } as never)).rejects.toMatchObject({
    code: 'request-invalid',
  })
  expect(await line.ask('project.view', {})).toMatchObject({ name: 'test' })
})

test('an upload becomes a file of the project known by an id, is imported by it, and goes away then', async () => {
  const of = await served({ images: 0 })
  const png = path.join(of.folder, 'mine.png')
  writeGreyPng(png, 40, 30)
  const sent = await get(of, `/upload?name=${encodeURIComponent('Zellen (1).png')}`, {
    method: 'POST',
    body: readFileSync(png),
  })
  const { id, name } = JSON.parse(sent.text)
  expect([sent.status, name]).toEqual([200, 'Zellen (1).png'])
  const lying = of.session.files.find(id).path
  expect(isTemporary(path.relative(of.session.store.folder, lying).split(path.sep)[0]!)).toBe(true)
  const line = await Line.open(of)
  expect(await line.ask('import.start', { files: [id] })).toMatchObject({
    outcomes: [{ file: name, state: 'imported', imageId: 1 }],
  })
  const [image] = of.session.store.images.list()
  expect(image).toMatchObject({
    name: 'Zellen (1)',
    width: 40,
    sha256: createHash('sha256').update(readFileSync(png)).digest('hex'),
  })
  expect(existsSync(path.dirname(lying))).toBe(false)
  await of.session.close()
  expect(readdirSync(of.session.store.folder).filter(isTemporary)).toEqual([])
})

test('an upload is known to be of the window that it names', async () => {
  const of = await served({ images: 0 })
  const { text } = await get(of, '/upload?name=a.png&client=one', { method: 'POST', body: 'x' })
  const { path: lying, ...rest } = of.session.files.find(JSON.parse(text).id)
  expect([path.basename(lying), rest]).toEqual(['a.png', { name: 'a.png', isTemporary: true, client: 'one' }])
})

test('an upload may take as long as it likes; only the headers of a request are waited for no longer than a minute', async () => {
  const of = await served({ images: 0 })
  const limits: unknown[] = []
  const note = (message: unknown) => {
    const { requestTimeout, headersTimeout } = (message as { server: Server }).server
    limits.push({ requestTimeout, headersTimeout })
  }
  subscribe('http.server.request.start', note)
  await get(of, '/upload?name=a.png', { method: 'POST', body: 'x' })
  unsubscribe('http.server.request.start', note)
  expect(limits).toEqual([{ requestTimeout: 0, headersTimeout: 60_000 }])
})

test('an upload that is said to belong to another one lies beside it, unless its name is taken there', async () => {
  const of = await served()
  const upload = async (name: string, beside?: string) => {
    const more = beside === undefined ? '' : `&beside=${beside}`
    const { text } = await get(of, `/upload?name=${name}${more}`, { method: 'POST', body: name })
    const { id } = JSON.parse(text)
    return { id, folder: path.dirname(of.session.files.find(id).path) }
  }
  const image = await upload('a_labels.tif')
  expect(of.session.files.find(image.id)).not.toHaveProperty('client')
  const table = await upload('a_labels.json', image.id)
  expect(table.folder).toBe(image.folder)
  const strangers = [
    upload('a_labels.json', image.id),
    upload('b.tif', 'nonsense'),
    upload('c.tif', '0/..'),
    upload('d'),
  ]
  const folders = (await Promise.all(strangers)).map(({ folder }) => folder)
  expect(new Set([image.folder, ...folders]).size).toBe(5)
  expect(readFileSync(of.session.files.find(table.id).path, 'utf8')).toBe('a_labels.json')
})

test('an upload beyond the limit is refused, whether it says its length or not, and leaves nothing', async () => {
  const of = await served({ uploadLimitBytes: 1000 })
  const body = Buffer.alloc(5000)
  for (const headers of [{ 'content-length': '5000' }, { 'transfer-encoding': 'chunked' }]) {
    const answer = await get(of, '/upload?name=big.tif', { method: 'POST', body, headers })
    expect(answer.status).toBe(413)
    expect(JSON.parse(answer.text)).toEqual({
      code: 'upload-too-large',
      message: 'big.tif is larger than 1.0 kB; import it from a folder of the server.',
    })
  }
  const left = readdirSync(path.dirname(of.session.files.makeFolder()), { recursive: true }).filter((name) =>
    String(name).endsWith('.tif'),
  )
  expect(left).toEqual([])
})

test.each([
  ['../../etc/passwd', 'passwd'],
  ['C:\\scans\\a.tif', 'a.tif'],
  ['.hidden', 'hidden'],
  ['', 'file'],
  ['..', 'file'],
  ['a\0b\nc.tif', 'a_b_c.tif'],
  [`${'x'.repeat(300)}.tiff`, `${'x'.repeat(145)}.tiff`],
])('the uploaded name %j is kept as %j', (name, kept) => {
  expect(plainName(name)).toBe(kept)
})

test('an export is fetched once it is made, under its name, and only by its id', async () => {
  const of = await served()
  await of.window.ask('plane.stroke', { plane: of.plane, stroke: brush('new', [[30, 20]]) })
  const line = await Line.open(of)
  const { download } = await line.ask('export.start', { format: 'labels-png', source: 'annotation' })
  const answer = await get(of, `/${download}`)
  expect(answer.status).toBe(200)
  expect(answer.headers['content-disposition']).toBe("attachment; filename*=UTF-8''test-annotation.zip")
  expect(answer.body.subarray(0, 2).toString()).toBe('PK')
  for (const id of ['x', '..%2f..%2fproject.db', '']) expect((await get(of, `/download/${id}`)).status).toBe(404)
})

/** Which descriptors of this process are open on a file. */
const openOn = (file: string): string[] =>
  readdirSync('/proc/self/fd').filter((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`) === file
    } catch {
      return false // closed meanwhile, as that of the listing itself
    }
  })

test.skipIf(!existsSync('/proc/self/fd'))('a file is closed when the browser breaks off its download', async () => {
  const pages = builtPages()
  const large = path.join(pages, 'large.bin')
  writeFileSync(large, '')
  truncateSync(large, 64 * 2 ** 20)
  const of = await served({ pages })
  for (const address of [`/download/${of.session.files.publish(large)}`, '/large.bin']) {
    const headers = { authorization: `Bearer ${of.token}` }
    const sent = request({ host: '127.0.0.1', port: of.server.port, path: address, headers }, (response) => {
      response.once('data', () => response.destroy())
    })
    await new Promise((resolve) => sent.once('close', resolve))
    await until(() => openOn(large).length === 0)
  }
  expect(of.bugs).toEqual([])
})

test('a port that is taken is said in one sentence', async () => {
  const of = await served()
  await expect(served({ port: of.server.port })).rejects.toThrow(/^Port \d+ of 127.0.0.1 is in use; choose another/)
})

test('closing tells the windows and lets nobody in any more', async () => {
  const of = await served()
  const line = await Line.open(of)
  await of.server.close()
  expect(await line.closed).toBe(1001)
  await expect(get(of, '/')).rejects.toThrow()
})
