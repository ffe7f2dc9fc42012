import { useRef, useState } from "react"
import { Button } from "@/components/ui/button"
import { Input } from "@/components/ui/input"

// Paste or type a repeat unit or a name, have it drawn by the server, and ask about it. Verbs: "draw" and "predict" of
// polysmith/chatting/following.py; pieces at hand put the usual fragments at the cursor.
const PIECES = [
  ["*CC*", "ethylene"], ["c1ccc(cc1)", "p-phenylene"], ["C(=O)O", "ester"], ["C(=O)N", "amide"], ["OC(=O)O", "carbonate"],
  ["S(=O)(=O)", "sulfone"], ["C(C)(C)", "isopropylidene"], ["O", "ether"], ["C(F)(F)F", "trifluoromethyl"],
]

export default function PolymerSketcher() {
  const [text, setText] = useState(props.text || "")
  const box = useRef(null)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState("")
  const send = async (verb) => {
    setBusy(true)
    setProblem("")
    try {
      const answer = await callAction({ name: "polysmith", payload: { do: verb, text: text.trim() } })
      const told = answer && answer.response
      if (told && told.ok === false) setProblem(told.error)
    } catch (error) {
      setProblem("The server did not answer. Try again in a moment.")
    }
    setBusy(false)
  }
  const insert = (piece) => {
    const at = box.current?.selectionStart ?? text.length
    const next = text.slice(0, at) + piece + text.slice(at)
    setText(next)
    box.current?.focus()
  }
  const ask = (event) => {
    event.preventDefault()
    if (text.trim()) send("predict")
  }
  return (
    <form className="ps-block w-full rounded-md border p-3 flex flex-col gap-2" onSubmit={ask} aria-label="Ask about your own polymer">
      <label className="text-sm font-medium" htmlFor="ps-polymer">Your polymer: a repeat unit with two *, or a name</label>
      <Input id="ps-polymer" ref={box} value={text} maxLength={400} spellCheck={false} autoComplete="off" placeholder="*CC(*)c1ccccc1 or PMMA" className="font-mono" onChange={(event) => setText(event.target.value)} />
      <div className="flex flex-wrap gap-1" role="group" aria-label="Fragments to put at the cursor">
        {PIECES.map(([piece, name]) => <Button key={piece} type="button" size="sm" variant="ghost" title={piece} onClick={() => insert(piece)}>{name}</Button>)}
      </div>
      {problem && <p role="alert" className="text-sm ps-problem">{problem}</p>}
      <div className="flex flex-wrap gap-2">
        <Button type="button" size="sm" variant="outline" disabled={busy || !text.trim()} onClick={() => send("draw")}>Draw</Button>
        <Button type="submit" size="sm" disabled={busy || !text.trim()}>Predict its properties</Button>
      </div>
    </form>
  )
}
