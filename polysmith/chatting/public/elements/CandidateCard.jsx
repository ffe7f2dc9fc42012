import { AlertTriangle } from "lucide-react"
import { Accordion, AccordionContent, AccordionItem, AccordionTrigger } from "@/components/ui/accordion"
import { Badge } from "@/components/ui/badge"
import { Button } from "@/components/ui/button"
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card"

// One candidate. Data: polysmith/chatting/cards.py. The drawing is made by RDKit on the server and holds no script.
const say = (text) => callAction({ name: "polysmith", payload: { do: "say", text } })

function Kind({ value }) {
  return <Badge variant="outline" className={`ps-kind ps-${value.kind}`} title={[value.kind_text, value.interval, value.source].filter(Boolean).join("; ")}>{value.kind}</Badge>
}

function Number({ value }) {
  if (!value) return <span>–</span>
  return (
    <span className="inline-flex flex-wrap items-center gap-1">
      <span>{value.text}</span>
      <Kind value={value} />
      {value.in_domain === false && <Badge variant="outline" className="ps-far">outside the model's domain</Badge>}
      <span className="text-xs text-muted-foreground">[{value.id}]</span>
    </span>
  )
}

function Check({ check }) {
  return (
    <li className="py-1 border-b last:border-b-0">
      <div className="flex flex-wrap items-baseline justify-between gap-x-3">
        <span>{check.requirement}{!check.hard && <span className="text-muted-foreground"> (wish)</span>}</span>
        {check.met && <span className={`ps-met-${check.met === "met"}`}>{check.met}</span>}
        {check.chance && <span title={check.chance.method}>chance {check.chance.text}</span>}
      </div>
      {check.value && <Number value={check.value} />}
      {check.note && <div className="text-xs text-muted-foreground">{check.note}</div>}
    </li>
  )
}

function Route({ route }) {
  return (
    <li className="mb-2">
      <div className="font-medium">{route.mechanism} <span className="font-normal text-xs text-muted-foreground">({route.verified ? "checked by running the reaction forwards" : "not confirmed forwards"})</span></div>
      <ul className="list-disc pl-5">
        {route.monomers.map((item, place) => (
          <li key={place}>{item.name} <code className="text-xs break-all">{item.smiles}</code>{!item.known && <span className="text-xs"> – in no monomer list</span>}</li>
        ))}
      </ul>
      {route.by_product && <div className="text-xs">By-product: {route.by_product}</div>}
      {route.conditions && <div className="text-xs">Conditions: {route.conditions}</div>}
      {route.notes.map((text, place) => <div key={place} className="text-xs">{text}</div>)}
    </li>
  )
}

function Claims({ claims }) {
  return (
    <ul className="list-disc pl-5">
      {claims.map((item, place) => (
        <li key={place}>{item.text}{item.ids.length > 0 && <span className="text-xs text-muted-foreground"> [{item.ids.join(", ")}]</span>}</li>
      ))}
    </ul>
  )
}

function Section({ name, title, children }) {
  return (
    <AccordionItem value={name}>
      <AccordionTrigger className="py-2 text-sm">{title}</AccordionTrigger>
      <AccordionContent className="text-sm">{children}</AccordionContent>
    </AccordionItem>
  )
}

export default function CandidateCard() {
  const { rank, title, smiles, svg, alt, chance, checks = [], routes = [], neighbours = [], warnings = [] } = props
  const heading = rank > 0 ? `${rank}. ${title}` : title
  return (
    <Card className="ps-block w-full" role="article" aria-label={heading}>
      <CardHeader className="p-4 pb-2">
        <CardTitle className="text-base leading-snug break-words">{heading}</CardTitle>
        {chance && <div className="text-sm" title={chance.method}>Chance to meet all hard limits: <strong>{chance.text}</strong> <span className="text-xs text-muted-foreground">[{chance.id}]</span></div>}
      </CardHeader>
      <CardContent className="p-4 pt-0 text-sm">
        <div className="ps-two">
          <figure>
            <div role="img" aria-label={alt} className="ps-drawing" dangerouslySetInnerHTML={{ __html: svg }} />
            <figcaption><code className="text-xs break-all select-all">{smiles}</code></figcaption>
          </figure>
          <div>
            <ul aria-label="Requirements">{checks.map((item, place) => <Check key={place} check={item} />)}</ul>
            {warnings.length > 0 && (
              <div className="ps-warning mt-2 flex gap-2" role="note">
                <AlertTriangle className="h-4 w-4 shrink-0 mt-0.5" aria-hidden="true" />
                <ul>{warnings.map((text, place) => <li key={place}>{text}</li>)}</ul>
              </div>
            )}
          </div>
        </div>
        <Accordion type="multiple" className="mt-2">
          <Section name="route" title={`How it would be made${props.feasibility ? ` (synthesisability ${props.feasibility.text})` : ""}`}>
            {routes.length > 0 ? <ol>{routes.map((item, place) => <Route key={place} route={item} />)}</ol> : <p>No route was found with the rules at hand.</p>}
            <ul className="text-xs text-muted-foreground">{(props.feasibility_parts || []).map((item) => <li key={item.name}>{item.name} {item.text}: {item.method}</li>)}</ul>
          </Section>
          {neighbours.length > 0 && (
            <Section name="near" title="Nearest polymers with a value">
              <ul>
                {neighbours.map((item, place) => (
                  <li key={place} className="py-1">{item.property}: {item.name} (similarity {item.similarity.text}) <Number value={item.value} /> <code className="text-xs break-all">{item.smiles}</code></li>
                ))}
              </ul>
            </Section>
          )}
          {props.measured?.length > 0 && <Section name="measured" title="Measured on this polymer"><ul>{props.measured.map((item) => <li key={item.id}>{item.property}: <Number value={item} /></li>)}</ul></Section>}
          {props.others?.length > 0 && <Section name="others" title="Other properties"><ul>{props.others.map((item) => <li key={item.id}>{item.property}: <Number value={item} /></li>)}</ul></Section>}
          {props.findings?.length > 0 && <Section name="physics" title="Physics checks"><Claims claims={props.findings} /></Section>}
          {props.uncertain?.length > 0 && <Section name="uncertain" title="What is uncertain"><Claims claims={props.uncertain} /></Section>}
          <Section name="origin" title="Where it comes from">
            <p>{[props.classes?.join(", "), `found by ${props.origin}`].filter(Boolean).join("; ")}</p>
            {(props.proposal || []).map(([name, text]) => <p key={name}>{name}: {text}</p>)}
          </Section>
        </Accordion>
        {rank > 0 && (
          <div className="flex flex-wrap gap-2 mt-3">
            <Button size="sm" variant="outline" onClick={() => say(`explain ${rank}`)}>Explain</Button>
            <Button size="sm" variant="outline" onClick={() => say(`show the route of ${rank}`)}>Route</Button>
            <Button size="sm" variant="outline" onClick={() => say(`more like ${rank}`)}>More like this</Button>
          </div>
        )}
      </CardContent>
    </Card>
  )
}
