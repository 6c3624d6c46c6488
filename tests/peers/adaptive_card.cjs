// An Adaptive Card in (JSON), a list of complaints out: what Microsoft's own library has against it.
const { readFileSync } = require('node:fs');
const { AdaptiveCard, SerializationContext } = require('adaptivecards/dist/adaptivecards.js');

const card = new AdaptiveCard();
const context = new SerializationContext();
card.parse(JSON.parse(readFileSync(0, 'utf8')), context);
const complaints = Array.from({ length: context.eventCount }, (_, i) => context.getEventAt(i).message);
complaints.push(...card.validateProperties().validationEvents.map((event) => event.message));
console.log(JSON.stringify(complaints));
