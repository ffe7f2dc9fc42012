import { useState } from "react"
import { Plus, Trash2 } from "lucide-react"
import { Button } from "@/components/ui/button"
import { Input } from "@/components/ui/input"
import { Switch } from "@/components/ui/switch"

// The requirements as they were understood, to be edited and confirmed. Data and checks: polysmith/chatting/constraints.py.
// Confirm sends {"do": "spec", run, about, rows}; the answer tells what cannot be read, beside its row, and keeps what was typed.
const AIMS = ["maximise", "minimise"]
const WORDS = { ">": "above", ">=": "at least", "<": "below", "<=": "at most", between: "between", around: "around", maximise: "as high as possible", minimise: "as low as possible" }
const field = "h-9 rounded-md border bg-background px-2 text-sm"

function Messages({ items }) {
  if (items.length === 0) return null
  return <div role="alert" className="ps-problem text-sm mt-1">{items.map((item, place) => <p key={place}>{item.text}</p>)}</div>
}

function PropertyRow({ row, set, properties, operators, disabled }) {
  const change = (name) => (event) => set({ ...row, [name]: event.target.value })
  const choose = (event) => {
    const next = properties.find((item) => item.id === event.target.value)
    set({ ...row, property: next.id, unit: next.unit })
  }
  const aim = AIMS.includes(row.operator)
  return (
    <div className="ps-row">
      <select className={`${field} ps-wide`} aria-label="Property" value={row.property} onChange={choose} disabled={disabled}>
        {properties.map((item) => <option key={item.id} value={item.id}>{item.name}</option>)}
      </select>
      <select className={field} aria-label="How it is limited" value={row.operator} onChange={change("operator")} disabled={disabled}>
        {operators.map((item) => <option key={item} value={item}>{WORDS[item]}</option>)}
      </select>
      {!aim && <Input className="w-24 h-9" inputMode="decimal" aria-label={row.operator === "between" ? "Lower value" : "Value"} value={row.value} onChange={change("value")} disabled={disabled} />}
      {row.operator === "between" && <Input className="w-24 h-9" inputMode="decimal" aria-label="Upper value" value={row.value2 || ""} onChange={change("value2")} disabled={disabled} />}
      {!aim && <Input className="w-28 h-9" aria-label="Unit" value={row.unit} onChange={change("unit")} disabled={disabled} />}
    </div>
  )
}

export default function ConstraintTable() {
  const [rows, setRows] = useState(props.rows || [])
  const [busy, setBusy] = useState(false)
  const [told, setTold] = useState([])
  const { properties = [], operators = [], state = "open" } = props
  const editable = state === "open" && props.editable !== false
  const disabled = busy || !editable
  const set = (place) => (row) => setRows((now) => now.map((item, other) => (other === place ? row : item)))
  const remove = (place) => setRows((now) => now.filter((_, other) => other !== place))
  const fresh = () => `n${Date.now()}`
  const addProperty = () => setRows((now) => [...now, { id: fresh(), kind: "property", property: properties[0].id, operator: ">", value: "", value2: "", unit: properties[0].unit, hard: true }])
  const addWords = () => setRows((now) => [...now, { id: fresh(), kind: "words", text: "", hard: true }])
  const send = async (verb) => {
    setBusy(true)
    setTold([])
    try {
      const answer = await callAction({ name: "polysmith", payload: { do: verb, run: props.run, about: props.about, rows } })
      const found = answer && answer.response
      if (found && found.ok === false) setTold(found.messages || [{ row: "", text: found.error }])
    } catch (problem) {
      setTold([{ row: "", text: "The server did not answer. Try again in a moment." }])
    }
    setBusy(false)
  }
  const confirm = (event) => {
    event.preventDefault()
    send("spec")
  }
  const about = (row) => told.filter((item) => item.row === row.id)
  const whole = told.filter((item) => !rows.some((row) => row.id === item.row))

  return (
    <form className="ps-block w-full rounded-md border p-3" onSubmit={confirm} aria-label="The requirements as understood">
      <h3 className="text-sm font-semibold">The requirements</h3>
      {(props.costs || []).map((text) => <p key={text} className="text-sm">{text}</p>)}
      <ul className="my-2">
        {rows.map((row, place) => (
          <li key={row.id} className="py-2 border-b last:border-b-0">
            <div className="flex flex-wrap items-center gap-2 justify-between">
              {row.kind === "property" && <PropertyRow row={row} set={set(place)} properties={properties} operators={operators} disabled={disabled} />}
              {row.kind === "structure" && <span className="text-sm">{row.in_words}</span>}
              {row.kind === "words" && <Input className="h-9 max-w-md" autoFocus aria-label="Requirement in plain words" placeholder="such as: no chlorine, made by ring-opening" maxLength={500} value={row.text} onChange={(event) => set(place)({ ...row, text: event.target.value })} disabled={disabled} />}
              <span className="flex items-center gap-2">
                {row.kind !== "words" && (
                  <label className="flex items-center gap-1 text-sm">
                    <Switch checked={row.hard && !AIMS.includes(row.operator)} disabled={disabled || AIMS.includes(row.operator)} onCheckedChange={(hard) => set(place)({ ...row, hard })} aria-label={`Must be met: ${row.in_words || row.property}`} />
                    {row.hard && !AIMS.includes(row.operator) ? "must" : "wish"}
                  </label>
                )}
                {editable && (
                  <Button type="button" size="icon" variant="ghost" disabled={disabled} onClick={() => remove(place)} aria-label={`Remove ${row.in_words || row.property || "this row"}`}>
                    <Trash2 className="h-4 w-4" aria-hidden="true" />
                  </Button>
                )}
              </span>
            </div>
            {(row.words || row.note) && <div className="text-xs text-muted-foreground">{[row.words && `“${row.words}”`, row.note].filter(Boolean).join(" – ")}</div>}
            <Messages items={about(row)} />
          </li>
        ))}
      </ul>
      {props.not_understood?.length > 0 && <div className="text-sm"><p className="font-medium">Not understood, and so not considered:</p><ul className="list-disc pl-5">{props.not_understood.map((text, place) => <li key={place}>{text}</li>)}</ul></div>}
      {props.assumptions?.length > 0 && <div className="text-sm"><p className="font-medium">Assumed:</p><ul className="list-disc pl-5">{props.assumptions.map((text, place) => <li key={place}>{text}</li>)}</ul></div>}
      <Messages items={[...whole, ...(props.problems || []).map((text) => ({ text }))]} />
      {(state === "open" || state === "cancelled") && (
        <div className="flex flex-wrap gap-2 mt-3">
          <Button type="submit" size="sm" disabled={busy || (editable && rows.length === 0)}>Confirm</Button>
          {editable && <Button type="button" size="sm" variant="outline" disabled={busy} onClick={addProperty}><Plus className="h-4 w-4 mr-1" aria-hidden="true" />Property</Button>}
          {editable && <Button type="button" size="sm" variant="outline" disabled={busy} onClick={addWords}><Plus className="h-4 w-4 mr-1" aria-hidden="true" />In words</Button>}
          {state === "open" && <Button type="button" size="sm" variant="ghost" disabled={busy} onClick={() => send("cancel")}>Cancel</Button>}
        </div>
      )}
    </form>
  )
}
