"""An ensemble of molecular dynamics with crossflow and GROMACS, from zero workers: water that is built, minimised and run, three times over."""

import re

from crossflow.clients import Client
from crossflow.tasks import SubprocessTask
from crosscore import Cluster

MINIMISE = "integrator = steep\nnsteps = 50\ncoulombtype = PME\nrcoulomb = 0.8\nrvdw = 0.8\nrlist = 0.8\n"
RUN = (
    "integrator = md\nnsteps = 100\ndt = 0.002\nconstraints = h-bonds\ntcoupl = v-rescale\ntc-grps = System\ntau-t = 0.1\n"
    "ref-t = 300\ncoulombtype = PME\nrcoulomb = 0.8\nrvdw = 0.8\nrlist = 0.8\ngen-vel = yes\ngen-temp = 300\ngen-seed = {seed}\n"
)
TOPOLOGY = '#include "oplsaa.ff/forcefield.itp"\n#include "oplsaa.ff/spce.itp"\n[ system ]\nwater\n[ molecules ]\n'


def task(template, inputs, outputs):
    made = SubprocessTask(template)
    made.set_inputs(inputs)
    made.set_outputs(outputs)
    return made


solvate = task("gmx solvate -cs spc216.gro -box 2 2 2 -p topol.top -o conf.gro", ["topol.top"], ["conf.gro", "topol.top"])
grompp = task("gmx grompp -f x.mdp -c conf.gro -p topol.top -o x.tpr -maxwarn 5", ["x.mdp", "conf.gro", "topol.top"], ["x.tpr"])
mdrun = task("gmx mdrun -s x.tpr -c out.gro -e x.edr -g x.log -ntmpi 1 -ntomp 1 -nb cpu", ["x.tpr"], ["out.gro", "x.log"])


def write(name, text):
    with open(name, "w") as file:
        file.write(text)
    return name


if __name__ == "__main__":
    with Cluster() as cluster, Client(cluster) as client:
        conf, topology = client.submit(solvate, write("topol.top", TOPOLOGY))
        minimised, _ = client.submit(mdrun, client.submit(grompp, write("minimise.mdp", MINIMISE), conf, topology))
        ends = []
        for seed in range(1, 7):
            start = client.submit(grompp, write("run%d.mdp" % seed, RUN.format(seed=seed)), minimised, topology)
            ends.append(client.submit(mdrun, start))
        logs = [log.result().read_text() for _, log in ends]
        print(sum(bool(re.search(r"Finished mdrun", log)) for log in logs))
        print(len({final.result().read_text() for final, _ in ends}))
