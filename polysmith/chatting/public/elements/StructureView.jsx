// A drawn repeat unit with its name. Data: title, smiles, svg (made by RDKit on the server), alt.
export default function StructureView() {
  return (
    <figure className="ps-block inline-block max-w-full rounded-md border p-3">
      <div role="img" aria-label={props.alt} className="ps-drawing" dangerouslySetInnerHTML={{ __html: props.svg }} />
      <figcaption className="text-sm">
        <div className="font-medium">{props.title}</div>
        <code className="text-xs break-all select-all">{props.smiles}</code>
      </figcaption>
    </figure>
  )
}
