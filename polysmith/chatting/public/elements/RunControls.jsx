// Goes on with a run that was stopped, or that a restart of the server broke off.
import { useState } from "react"

export default function RunControls() {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState("")
  const goOn = async () => {
    setBusy(true)
    setError("")
    try {
      const answer = await callAction({ name: "polysmith", payload: { do: "continue", run: props.run } })
      const told = answer && answer.response
      if (told && told.ok === false) setError(told.error)
    } catch (problem) {
      setError("The server did not answer. Try again in a moment.")
    }
    setBusy(false)
  }
  if (props.state === "continued") return <p className="ps-small">Run {props.run}</p>
  return (
    <section className="ps-card" aria-label="Go on with the run">
      <div className="ps-buttons">
        <button type="button" className="ps-main" disabled={busy} onClick={goOn}>
          Continue the run
        </button>
        <span className="ps-small">Run {props.run}</span>
      </div>
      {error && (
        <p role="alert" className="ps-error">
          {error}
        </p>
      )}
    </section>
  )
}
