"""Plan the drawing of a cell, by a few rules that hold for all of them.

A state's rail runs straight across, with the operations on it that change it. What these take in
hangs below, down to the gates, which stand in columns in the order in which the rails use them.
What goes into the gates comes from below. A value with several uses runs along a track between.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from symlstm.cells.cell import Cell
from symlstm.equations.expression import Quantity
from symlstm.figures.graph import Graph, Operation, Rail
from symlstm.figures.plan import (
    FOOT,
    LEFT,
    PORTS,
    RIGHT,
    SUM,
    Bus,
    Node,
    Place,
    Plan,
    Reach,
    Route,
    Row,
    Source,
    Spot,
)


def plan_of(cell: Cell) -> tuple[Graph, Plan]:
    """Return a cell's operations, and the plan of their drawing."""
    graph = Graph(cell)
    planner = _Planner(graph)
    planner.draw()
    return graph, planner.plan


class _Planner:
    """Draws the operations of a graph into a plan, each when it is first needed."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.plan = Plan(rails=len(graph.rails))
        self.band = 0
        self.sources: dict[Quantity, Source] = {}
        self.complete: dict[Quantity, Row] = {}
        """The rails that are drawn, by their states."""
        self.heights: list[int] = []
        """For each lane, how many levels are taken in the present band, from the lowest up."""
        self.depths: list[int] = []
        """And from the topmost down."""
        self.left = Counter({value: len(users) for value, users in graph.uses.items()})
        """How many uses of each value are not drawn yet; to come out is one."""

    def draw(self) -> None:
        """Draw everything."""
        self._enter()
        rails = [rail.state for rail in self.graph.rails]
        leaving = [value for value in self.graph.ends if value not in rails]
        self.left.update(leaving)
        for band, rail in enumerate(self.graph.rails):
            self.band = band
            self.heights, self.depths = [0] * self.plan.lanes, [0] * self.plan.lanes
            self._rail(Row("rail", band), rail)
        for value in self.graph.operations:
            if value not in self.graph.uses and value not in self.graph.ends:
                self._reach(value)
        self._leave(leaving)

    def _lane(self) -> int:
        self.heights.append(0)
        self.depths.append(0)
        return self.plan.lane()

    # What goes in, and what comes out.

    def _enter(self) -> None:
        """Draw how what goes in comes to the gates: rails are tapped, and the input joins in."""
        plan, graph = self.plan, self.graph
        rails = {rail.state.name: Row("rail", k) for k, rail in enumerate(graph.rails)}
        foot = Spot(self._lane(), FOOT)
        for name, state in graph.cell.states.items():
            if name in rails and len(graph.uses[state]) > 1:
                self._bus(state, Spot(self._lane(), rails[name]))
        for name, state in graph.cell.states.items():
            if name not in rails:
                bus = self._bus(state)
                plan.places.append(Place(state, LEFT, bus.row))
        self._bus(graph.cell.x, foot)
        plan.places.append(Place(graph.cell.x, foot.lane, FOOT))

    def _bus(self, value: Quantity, start: Spot | None = None) -> Bus:
        plan = self.plan
        joined = next((bus for bus in plan.buses.values() if self._is_joined(value, bus)), None)
        row = joined.row if joined else Row("bus", number=plan.bus_rows)
        plan.bus_rows += joined is None
        way = (Spot(LEFT, row),) if start is None else (start, Spot(start.lane, row))
        plan.buses[value] = Bus(value, row, way, joins=joined is not None)
        return plan.buses[value]

    def _is_joined(self, value: Quantity, bus: Bus) -> bool:
        """Say whether the input comes in with a state: whatever weighs one weighs the other."""
        uses, others = (self.graph.uses.get(v, []) for v in (value, bus.value))
        alike = [use.result for use in uses] == [use.result for use in others]
        comes_in = value == self.graph.cell.x and bus.way[0].lane == LEFT
        return comes_in and alike and all(map(self.graph.is_gate, uses))

    def _leave(self, values: list[Quantity]) -> None:
        """Draw how values that are on no rail come out: at the height of what goes in."""
        reached = [self._lowered(self._reach(value)) for value in values]
        names = {state.name: bus for state, bus in self.plan.buses.items()}
        for reach in reached:
            bus = names.get(reach.value.name)
            row = bus.row if bus else Row("bus", number=self.plan.bus_rows)
            self.plan.bus_rows += bus is None
            last = reach if reach.lane == self.plan.lanes - 1 else self._moved(reach)
            self._lead(last, Spot(last.lane, row), Spot(RIGHT, row))
            inside = [place for place in self.plan.places if place.value != reach.value]
            self.plan.places = [*inside, Place(reach.value, RIGHT, row)]

    def _moved(self, reach: Reach) -> Reach:
        """Return what comes down in a lane as what does so in the last one."""
        track, lane = self.plan.track(), self._lane()
        spots = (*reach.spots, Spot(reach.lane, track), Spot(lane, track))
        return replace(reach, spots=spots)

    # Rails.

    def _rail(self, row: Row, rail: Rail) -> None:
        value, last = self.graph.cell.states[rail.state.name], Spot(LEFT, row)
        self.plan.places.append(Place(value, LEFT, row))
        for operation in rail.path:
            others = list(operation.operands)
            others.remove(value)
            self.left[value] -= 1
            reaches = [self._from_below(self._reach(other)) for other in others]
            lane = reaches[0].lane if reaches else self._lane()
            node = self._node(operation, Spot(lane, row))
            for reach in reaches:
                self._lead(reach, node.top if reach.above else node.bottom)
            self.plan.routes.append(Route(value, (last, node.left)))
            value, last = operation.result, node.right
            if self.left[value] > 1 and operation is not rail.path[-1]:
                self.sources[value] = Source((Spot(self._lane(), row),), branches=True)
            if operation is not rail.path[-1]:
                self.plan.places.append(Place(value, lane, row))
        self.plan.routes.append(Route(value, (last, Spot(RIGHT, row))))
        self.plan.places.append(Place(value, RIGHT, row))
        self.complete[value] = row

    def _from_below(self, reach: Reach) -> Reach:
        """Return a value as an operation on a rail takes it: from below, or from a rail above."""
        if not reach.above or reach.node is None:
            return reach
        lane = self._lane()
        spots = (reach.node.right, Spot(lane, reach.node.spot.row))
        return replace(reach, spots=spots, above=False)

    def _node(self, operation: Operation, spot: Spot, ports: int = 1) -> Node:
        node = Node(operation, spot, ports)
        self.plan.nodes.append(node)
        return node

    def _lead(self, reach: Reach, *spots: Spot) -> None:
        """Draw the wire of a value to where it is used."""
        starts = not reach.branches
        self.plan.routes.append(
            Route(reach.value, (*reach.spots, *spots), starts, branches=reach.branches)
        )

    # Values at hand.

    def _reach(self, value: Quantity) -> Reach:
        """Return a value at hand in a lane, drawing what it is made of where that is missing."""
        self.left[value] -= 1
        if value in self.plan.buses:
            return self._tapped(value)
        if value in self.complete:
            spot = Spot(self._lane(), self.complete[value])
            return Reach(value, (spot,), above=True, branches=True)
        if value in self.sources:
            return self._again(value, self.sources[value])
        column = self.graph.column(value)
        operation = self.graph.operations[value]
        if column or not operation.operands:
            return self._column(value, column or [operation])
        return self._tree(operation)

    def _tapped(self, value: Quantity) -> Reach:
        """Return a value that goes in, in a lane up from its bus."""
        spot = Spot(self._lane(), self.plan.buses[value].row)
        self.plan.buses[value].taps.append((spot, False))
        return Reach(value, (spot,), branches=True)

    def _again(self, value: Quantity, source: Source) -> Reach:
        """Return a value that has been drawn, from its track."""
        first = source.track is None
        track = source.track or self.plan.track()
        *way, last = source.spots
        spots = (*way, last, Spot(last.lane, track)) if first else (last,)
        if first and source.rises:
            spots = (Spot(last.lane, track),)
        branches = source.branches or not first or source.rises
        end = Spot(self._lane(), track)
        self.sources[value] = Source((end,), True, track)
        return Reach(value, (*spots, end), branches=branches)

    def _column(self, value: Quantity, column: list[Operation]) -> Reach:
        """Draw a weighted sum and the functions above it, or what never changes, as a column."""
        *functions, lowest = column
        below = [operand for operand in lowest.operands if operand in self.plan.buses]
        sides = [operand for operand in lowest.operands if operand not in self.plan.buses]
        lanes = [self._lowered(reach) for reach in self._beside(sides)]
        lane = self._lane()
        row = SUM if lowest.is_sum else Row("stage", number=1)
        node = self._node(lowest, Spot(lane, row), max(len(sides), 1))
        for k, reach in enumerate(lanes):
            down = PORTS * ((len(lanes) - 1) / 2 - k)
            self._lead(reach, Spot(reach.lane, row, down=down), node.left._replace(down=down))
        self._tap(below, node)
        for number, function in enumerate(reversed(functions), start=1):
            self.plan.places.append(Place(node.operation.result, lane, node.spot.row))
            upper = self._node(function, Spot(lane, Row("stage", number=number)))
            self.plan.routes.append(Route(node.operation.result, (node.top, upper.bottom)))
            node = upper
        self.plan.stages = max(self.plan.stages, len(functions))
        self.plan.places.append(Place(value, lane, node.spot.row))
        if self.left[value] > 0:
            self.sources[value] = Source((node.top,), branches=False, rises=True)
        return Reach(value, (node.top,), node=node)

    def _tap(self, values: list[Quantity], node: Node) -> None:
        """Lead what goes in to a weighted sum, from below, each beside the other."""
        own = [self.plan.buses[v] for v in values if not self.plan.buses[v].joins]
        own.sort(key=lambda bus: bus.row.number)
        for k, bus in enumerate(own):
            right = PORTS * (k - (len(own) - 1) / 2)
            bus.taps.append((node.bottom._replace(right=right), True))

    def _beside(self, values: list[Quantity]) -> list[Reach]:
        """Return what a weighted sum takes in besides what goes in, each in a lane beside it."""
        fresh = [v for v in values if v not in self.complete and v not in self.sources]
        if len(fresh) > 1:
            for value in fresh:  # each is drawn, and comes here along a track
                if value not in self.sources:
                    self.left[value] += 1
                    self._reach(value)
                    self.sources[value].rises = False
            fresh = []
        return [self._reach(v) for v in [*fresh, *(v for v in values if v not in fresh)]]

    def _lowered(self, reach: Reach) -> Reach:
        """Return a value so that it can go down in its lane."""
        node = reach.node
        if node is None or reach.above:
            return reach
        if node.spot.row.kind == "up":
            return replace(reach, spots=(node.right, Spot(self._lane(), node.spot.row)))
        track = self.plan.track()
        spots = (node.top, Spot(reach.lane, track), Spot(self._lane(), track))
        if reach.value in self.sources:
            self.sources[reach.value] = Source((spots[-1],), True, track)
        return replace(reach, spots=spots)

    def _tree(self, operation: Operation) -> Reach:
        """Draw an operation that hangs below a rail, above the last of what it is made of."""
        reaches = [self._reach(operand) for operand in self._ordered(operation.operands)]
        last = reaches[-1]
        level = max(reach.level for reach in reaches if reach.above == last.above)
        lanes = slice(min(reach.lane for reach in reaches), last.lane + 1)
        high, deep = max(self.heights[lanes]), max(self.depths[lanes])
        if last.above:
            level = max(level, deep) + 1
            row, highest = Row("down", self.band, level), level + high
            self.depths[last.lane] = level
        else:
            level = max(level, high) + 1
            row, highest = Row("up", self.band, level), level + deep
            self.heights[last.lane] = level
        self.plan.levels[self.band] = max(self.plan.levels.get(self.band, 0), highest)
        node = self._node(operation, Spot(last.lane, row), max(len(reaches) - 1, 1))
        for k, reach in enumerate(reaches[:-1]):
            down = PORTS * ((len(reaches) - 2) / 2 - k)
            side = Spot(reach.lane, row, down=down)
            self._lead(reach, side, node.left._replace(down=down))
        self._lead(last, node.top if last.above else node.bottom)
        value = operation.result
        self.plan.places.append(Place(value, last.lane, row, below=last.above))
        if self.left[value] > 0:
            self.sources[value] = Source((node.right, Spot(self._lane(), row)), branches=False)
        end = node.bottom if last.above else node.top
        return Reach(value, (end,), level, last.above, node=node)

    def _ordered(self, operands: tuple[Quantity, ...]) -> list[Quantity]:
        """Return operands in the order of their lanes: new ones, then others, from above last."""

        def order(value: Quantity) -> int:
            if self._comes_down(value):
                return 2
            return int(value in self.sources or value in self.plan.buses)

        return sorted(operands, key=order)

    def _comes_down(self, value: Quantity) -> bool:
        """Say whether a value comes from a rail above, or is made of one that does."""
        if value in self.complete:
            return True
        known = value in self.sources or value in self.plan.buses
        if known or self.graph.column(value):
            return False
        return any(map(self._comes_down, self.graph.operations[value].operands))
