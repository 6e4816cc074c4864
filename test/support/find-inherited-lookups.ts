import { relative } from 'node:path';
import { API, type Checker, type Project, type Type } from 'typescript/unstable/sync';
import {
  isAsExpression,
  isBinaryExpression,
  isElementAccessExpression,
  isNumericLiteral,
  isParenthesizedExpression,
  isStringLiteral,
} from 'typescript/unstable/ast/is';
import { SyntaxKind, type Expression, type Node, type SourceFile } from 'typescript/unstable/ast';

/** The one file that may look up a key from outside: it asks for own properties. */
const helper = 'src/domain/find-own.ts';

/**
 * Finds every place in `src/` where a key that is not written there is looked up in a record with string keys, with `record[key]` or `key in record`: for
 * a key such as `constructor`, both find what every object inherits. Uses the compiler's types, so that arrays and closed unions of keys are left alone.
 */
export function findInheritedLookups(root: string): readonly string[] {
  const api = new API({ cwd: root });
  try {
    const snapshot = api.updateSnapshot({ openProjects: [`${root}/tsconfig.json`] });
    const project = snapshot.getProjects()[0];
    if (!project) throw new Error('The compiler opened no project.');
    return project.program
      .getSourceFileNames()
      .filter((name) => name.startsWith(`${root}/src/`) && !name.endsWith(helper))
      .flatMap((name) => findInFile(project, name, root));
  } finally {
    api.close();
  }
}

function findInFile({ program, checker }: Project, name: string, root: string): string[] {
  const file = program.getSourceFile(name);
  if (!file) return [];
  const found: string[] = [];
  const visit = (node: Node): void => {
    if (isInherited(node, checker)) found.push(describe(node, file, relative(root, name)));
    node.forEachChild(visit);
  };
  file.forEachChild(visit);
  return found;
}

function isInherited(node: Node, checker: Checker): boolean {
  if (isElementAccessExpression(node))
    return (
      !isWritten(node.argumentExpression) &&
      !isHarmless(node.argumentExpression, checker) &&
      (isCast(node.argumentExpression) || hasStringKeys(node.expression, checker))
    );
  return (
    isBinaryExpression(node) &&
    node.operatorToken.kind === SyntaxKind.InKeyword &&
    !isWritten(node.left)
  );
}

function isWritten(expression: Expression): boolean {
  return isStringLiteral(expression) || isNumericLiteral(expression);
}

/** A constant of the code, such as `tagNames.run`, one of several, or a number: none of them is a name that objects inherit. */
function isHarmless(expression: Expression, checker: Checker): boolean {
  const type = isCast(expression) ? undefined : checker.getTypeAtLocation(expression);
  if (!type) return false;
  const numberType = checker.getNumberType();
  return toParts(type, checker).every((part) => part.isLiteralType() || part.id === numberType.id);
}

/** `record[key as keyof typeof record]`: the compiler is told what nobody checked. */
function isCast(expression: Expression): boolean {
  if (isParenthesizedExpression(expression)) return isCast(expression.expression);
  return isAsExpression(expression);
}

function hasStringKeys(expression: Expression, checker: Checker): boolean {
  const type = checker.getTypeAtLocation(expression);
  return type !== undefined && toParts(type, checker).some((part) => isRecord(part, checker));
}

function toParts(type: Type, checker: Checker): readonly Type[] {
  const present = checker.getNonNullableType(type) ?? type;
  return present.isUnionType() ? present.getTypes() : [present];
}

function isRecord(type: Type, checker: Checker): boolean {
  const stringType = checker.getStringType();
  return checker.getIndexInfosOfType(type).some(({ keyType }) => keyType.id === stringType.id);
}

function describe(node: Node, file: SourceFile, name: string): string {
  const line = file.text.slice(0, node.end).split('\n').length;
  return `${name}:${line}: ${file.text.slice(node.pos, node.end).trim()}`;
}
