import { useState } from "react"
import { BookOpen, ExternalLink } from "lucide-react"
import { Badge } from "@/components/ui/badge"
import { Button } from "@/components/ui/button"
import { Sheet, SheetContent, SheetDescription, SheetHeader, SheetTitle } from "@/components/ui/sheet"

// The sources of an answer; each opens beside the page with its exact passage, the quoted words marked.
// Data: polysmith/chatting/citations.py
function Passage({ source }) {
  return (
    <blockquote className="border-l-4 pl-3 text-sm whitespace-pre-wrap break-words">
      {source.parts.map((part, place) => (part.quoted ? <mark key={place} className="ps-quote">{part.text}</mark> : <span key={place}>{part.text}</span>))}
    </blockquote>
  )
}

export default function CitationPanel() {
  const { sources = [] } = props
  const [open, setOpen] = useState(-1)
  const shown = sources[open]
  return (
    <section aria-label="Sources" className="ps-block w-full">
      <h3 className="text-sm font-semibold mb-1">Sources</h3>
      <ol className="flex flex-col gap-1">
        {sources.map((item, place) => (
          <li key={item.id}>
            <Button variant="ghost" size="sm" className="h-auto w-full justify-start whitespace-normal text-left" aria-haspopup="dialog" onClick={() => setOpen(place)}>
              <BookOpen className="h-4 w-4 mr-2 shrink-0" aria-hidden="true" />
              <span>[{item.number}] {item.title}{item.year ? ` (${item.year})` : ""}</span>
              {item.retracted && <Badge variant="destructive" className="ml-2">retracted</Badge>}
            </Button>
          </li>
        ))}
      </ol>
      <Sheet open={open >= 0} onOpenChange={(now) => !now && setOpen(-1)}>
        <SheetContent side="right" className="w-full sm:max-w-lg overflow-y-auto">
          {shown && (
            <>
              <SheetHeader>
                <SheetTitle>[{shown.number}] {shown.title}</SheetTitle>
                <SheetDescription>{shown.where}</SheetDescription>
              </SheetHeader>
              <div className="mt-3 flex flex-col gap-3">
                {shown.retracted && <p role="alert"><Badge variant="destructive">retracted</Badge> This document is known to be retracted.</p>}
                <Passage source={shown} />
                <p className="text-xs text-muted-foreground">
                  {[shown.parts.some((part) => part.quoted) ? "The quoted words are marked." : "", shown.collection && `Collection: ${shown.collection}.`, shown.licence && `Licence: ${shown.licence}.`, `Passage ${shown.id}.`].filter(Boolean).join(" ")}
                </p>
                {shown.link && (
                  <a className="inline-flex items-center gap-1 text-sm underline" href={shown.link} target="_blank" rel="noopener noreferrer">
                    Open the publication <ExternalLink className="h-3 w-3" aria-hidden="true" /><span className="sr-only">(leaves this page)</span>
                  </a>
                )}
              </div>
            </>
          )}
        </SheetContent>
      </Sheet>
    </section>
  )
}
