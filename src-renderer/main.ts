import { mount } from 'svelte'
import './styles/tokens.css'
import './styles/base.css'
import App from './App.svelte'
import { connectHere } from './state/dial.ts'
import { Workstation } from './state/workstation.svelte.ts'

const workstation = new Workstation(await connectHere())
mount(App, { target: document.getElementById('app')!, props: { workstation } })
