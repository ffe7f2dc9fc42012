import { useMemo, useState } from "react"
import { ArrowDown, ArrowUp, ArrowUpDown } from "lucide-react"
import { Badge } from "@/components/ui/badge"
import { Button } from "@/components/ui/button"
import { Checkbox } from "@/components/ui/checkbox"
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table"

// A table that sorts by any column; rows of a ranking can be picked to be compared. Data: polysmith/chatting/tables.py
const missing = (cell) => cell.sort === null || cell.sort === undefined

function order(a, b, down) {
  if (missing(a) || missing(b)) return missing(a) - missing(b) // what has no value stays at the end
  const found = typeof a.sort === "number" && typeof b.sort === "number" ? a.sort - b.sort : String(a.sort).localeCompare(String(b.sort))
  return down ? -found : found
}

function Cell({ cell }) {
  return (
    <div className={cell.mono ? "font-mono text-xs break-all min-w-32" : "min-w-16"} title={cell.title || undefined}>
      {cell.text}
      {cell.kind && <Badge variant="outline" className={`ps-kind ps-${cell.kind} ml-2`}>{cell.kind}</Badge>}
    </div>
  )
}

export default function ResultTable() {
  const { title, head = [], rows = [], note, pick } = props
  const [by, setBy] = useState({ column: -1, down: false })
  const [picked, setPicked] = useState([])
  const sorted = useMemo(() => {
    if (by.column < 0) return rows
    return [...rows].sort((a, b) => order(a[by.column], b[by.column], by.down))
  }, [rows, by])
  const sort = (column) => setBy((now) => ({ column, down: now.column === column ? !now.down : false }))
  const toggle = (rank) => setPicked((now) => (now.includes(rank) ? now.filter((item) => item !== rank) : [...now, rank]))
  const compare = () => callAction({ name: "polysmith", payload: { do: "say", text: `compare ${[...picked].sort((a, b) => a - b).join(" and ")}` } })

  return (
    <section aria-label={title} className="ps-block w-full">
      <h3 className="text-sm font-semibold mb-1">{title}</h3>
      <div className="overflow-x-auto rounded-md border" tabIndex={0} role="region" aria-label={`${title}, can be scrolled sideways`}>
        <Table>
          <TableHeader>
            <TableRow>
              {pick && <TableHead className="w-8"><span className="sr-only">Pick to compare</span></TableHead>}
              {head.map((name, column) => {
                const active = by.column === column
                const Icon = !active ? ArrowUpDown : by.down ? ArrowDown : ArrowUp
                return (
                  <TableHead key={column} aria-sort={!active ? "none" : by.down ? "descending" : "ascending"} className="align-bottom">
                    <button type="button" className="inline-flex items-center gap-1 text-left font-medium" onClick={() => sort(column)}>
                      {name}
                      <Icon className="h-3 w-3 shrink-0" aria-hidden="true" />
                      <span className="sr-only">, sort by this column</span>
                    </button>
                  </TableHead>
                )
              })}
            </TableRow>
          </TableHeader>
          <TableBody>
            {sorted.map((row) => (
              <TableRow key={row.map((cell) => cell.text).join("|")}>
                {pick && (
                  <TableCell>
                    <Checkbox aria-label={`Compare ${row[0].text}`} checked={picked.includes(row[0].sort)} onCheckedChange={() => toggle(row[0].sort)} />
                  </TableCell>
                )}
                {row.map((cell, column) => <TableCell key={column} className="align-top"><Cell cell={cell} /></TableCell>)}
              </TableRow>
            ))}
          </TableBody>
        </Table>
      </div>
      {note && <p className="text-xs text-muted-foreground mt-1">{note}</p>}
      {pick && (
        <Button size="sm" variant="outline" className="mt-2" disabled={picked.length < 2} onClick={compare}>
          Compare {picked.length > 1 ? picked.length : "the picked ones"}
        </Button>
      )}
    </section>
  )
}
